import { logIn } from '../console/browser.ts'
import { waitFor } from '../setup/wait.ts'
import type { Place } from './place.ts'

/** Does not exist. */
const MISSING = '+79000000003'
/** The same, as somebody on the line spells it. */
const NOTATIONS = ['order-4711', '٠٠٠٠٠٠٣', '8 (900) 000-00-03']
const PRESENT = '+79243555301'

/** Somebody complains: finds the person, reads why it failed, and helps. */
export async function support(place: Place): Promise<void> {
  const { stack } = place
  const shop = await place.shopKey()
  const begin = async (phone: string, status: string, more: object) => {
    const body = { phone, ...more }
    const { body: started } = await stack.request('POST', '/v1/verifications', { key: shop, body })
    const read = () => stack.request('GET', `/v1/verifications/${started.id}`, { key: shop })
    await waitFor(async () => (await read()).body.status === status, { what: `${phone} to be ${status}` })
    return started.id as string
  }
  await begin(MISSING, 'failed', { reference: 'Order-4711/A' })
  const rang = await begin(PRESENT, 'delivered', {
    workflow: [{ channel: 'flash_call' }, { channel: 'sms' }],
  })

  const key = await place.newKey({ name: 'support', livemode: true, scopes: ['verify', 'read', 'admin'] })
  const { page, click, job } = await place.arrive()
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const rows = page.locator('#results tbody tr')

  await logIn(page, key)
  await job('find a person and read why it failed', 1, async () => {
    await page.goto('/console/verifications')
    await page.keyboard.press('/')
    for (const notation of NOTATIONS) {
      await page.locator(':focus').fill(notation)
      await page.waitForURL((url) => url.searchParams.get('q') === notation)
      await waitFor(async () => (await rows.count()) === 1, { what: `one row for ${notation}` })
    }
    await click(page.getByRole('link', { name: MISSING }))
    await page.getByText('no_such_number').first().waitFor()
  })
  await page.goto(`/console/verifications/${rang}`)
  await job('call again, or send a text instead', 2, async () => {
    await click(button('Try again'))
    await page.getByRole('alert').getByText('too soon').waitFor()
    await click(button('Next channel: SMS'))
    await page.locator('section[aria-labelledby=calls] tbody tr').nth(1).waitFor()
  })
  await job('block a phone, then trust it', 2, async () => {
    for (const [name, state] of [
      ['Block', 'Blocked'],
      ['Trust', 'Trusted'],
    ] as const) {
      await click(button(name))
      await page.locator('section[aria-labelledby=standing] .badge', { hasText: state }).waitFor()
    }
  })
  await job('erase a phone', 3, async () => {
    await click(page.getByRole('link', { name: 'Erase this phone' }))
    await click(button('Count what would be erased'))
    await page.getByLabel('Type the phone again').fill(PRESENT)
    await click(button('Erase for good'))
    await page.waitForURL('**/console/erasures/era_*')
  })
  // A message on its way keeps its phone until it has arrived.
  await waitFor(
    async () => {
      const { body } = await stack.request('GET', `/v1/verifications/${rang}`, { key: shop })
      return String(body.phone).startsWith('erased:')
    },
    { what: 'the phone to be erased', timeoutMs: 40_000 },
  )
  await page.context().close()
}
