import { expect } from 'vitest'
import { overhang, type Place } from './place.ts'

/** Its own: the sample that the developer runs meanwhile starts a verification of the suggested phone. */
const PHONE = '+79243555278'

/** On a phone: from a test key to a verified phone, its proof and what happened. */
export async function newcomer(place: Place): Promise<void> {
  const { page, click, job } = await place.arrive({ viewport: { width: 390, height: 844 } })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const fits = async () => expect([page.url(), await overhang(page)]).toEqual([page.url(), 0])

  await page.goto('/console/login')
  await fits()
  await page.locator('#key').fill(place.stack.testKey)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/console')
  await fits()
  await job('try it, 390 px wide', 4, async () => {
    await click(page.getByRole('link', { name: 'Try it', exact: true }).first())
    await fits()
    await page.getByLabel('Phone to verify').fill(PHONE)
    await click(button('Start'))
    await page.getByLabel(/Last \d digits/).fill(await page.locator('.caller strong').innerText())
    await fits()
    await click(button('Check'))
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
    await fits()
    await click(page.getByRole('link', { name: 'Open this verification' }))
    await page.locator('[data-part=status]', { hasText: 'Approved' }).waitFor()
    await fits()
  })
  for (const path of ['/console/verifications', '/console/statistics', '/docs']) {
    await page.goto(path)
    await fits()
  }
  await page.context().close()
}
