import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { follow } from '../client/follow.ts'
import { hasChromium } from '../console/browser.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, caller, type Stage, type Started, startStage } from './stage.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const NARROW = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

// At once, but for the last: they wait for calls most of the time.
describe.skipIf(!hasChromium && !process.env.CI)('<ringproof-verify>', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage()
  })
  afterAll(() => stage.stop())

  /** The hosted page of a verification. It keeps the events of the component in `told`. */
  async function open(
    { client_token }: Started,
    query = '',
    options: BrowserContextOptions = {},
  ): Promise<Page> {
    const page = await stage.browser.open({ locale: 'en-US', ...options })
    await watch(page)
    await page.goto(`/verify/${client_token}${query}`)
    return page
  }

  const watch = (page: Page) =>
    page.addInitScript(`globalThis.told = []
      for (const type of ['approved', 'failed', 'expired'])
        addEventListener(type, ({ detail }) => told.push(type + ' ' + detail?.status))`)
  const told = (page: Page) => page.evaluate('told') as Promise<string[]>
  const code = (page: Page) => page.getByRole('textbox', { name: 'Code' })
  const isSaid = (page: Page, text: string | RegExp) =>
    page.getByText(text).first().waitFor({ timeout: 15_000 })

  it.concurrent('is used by keyboard alone, and the hosted page leads back with a signed result', async () => {
    const started = await begin(stage)
    const from = await caller(stage, started)
    const back = encodeURIComponent(`${stage.allowed}/done?a=b`)
    const page = await open(started, `?return=${back}&state=cart-7`)
    await code(page).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type(from.slice(-4))
    await page.keyboard.press('Enter')
    await isSaid(page, 'Your phone number is confirmed.')
    expect(await told(page)).toEqual(['approved approved'])
    await page.waitForURL(`${stage.allowed}/**`)
    const { searchParams: answered } = new URL(page.url())
    const keys = createRemoteJWKSet(new URL(`${stage.stack.url}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(answered.get('result') ?? '', keys, {
      issuer: 'ringproof',
      audience: stage.tenant,
      typ: 'ringproof-result',
    })
    const result = { verification: started.id, status: 'approved', state: 'cart-7' }
    expect(payload).toMatchObject(result)
    expect(payload).not.toHaveProperty('sub')
    expect(Object.fromEntries(answered)).toMatchObject({ a: 'b', ...result })
  })

  it.concurrent('understands a whole number in the digits of another script, pasted', async () => {
    const started = await begin(stage)
    const from = await caller(stage, started)
    const page = await open(started)
    await isSaid(page, 'The call has arrived.')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const arabic = from.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
    await page.evaluate(`navigator.clipboard.writeText('${arabic}')`)
    await code(page).focus()
    await page.keyboard.press('Control+V')
    await isSaid(page, 'Your phone number is confirmed.')
  })

  it.concurrent('says what is wrong where assistive technology hears it, and keeps the focus in the field', async ({
    expect,
  }) => {
    const started = await begin(stage)
    const from = await caller(stage, started)
    const page = await open(started)
    const wrong = from.slice(-4).replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
    await code(page).fill(wrong)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toBe('Wrong code. Tries left: 2.')
    expect(await code(page).getAttribute('aria-invalid')).toBe('true')
    expect(await page.evaluate(`document.activeElement.shadowRoot.activeElement.name`)).toBe('code')
    await page.keyboard.type(from.slice(-4))
    await page.keyboard.press('Enter')
    await isSaid(page, 'Your phone number is confirmed.')
  })

  it.concurrent('fits a narrow phone, and axe finds nothing in light and dark', async () => {
    const workflow = [{ channel: 'flash_call' }, { channel: 'sms' }]
    const started = await begin(stage, { workflow })
    await caller(stage, started)
    const page = await open(started, `?return=${encodeURIComponent(stage.allowed)}`, NARROW)
    await page.getByRole('button', { name: /Call again in 0:\d\d/ }).waitFor()
    await isSaid(page, 'The call has arrived.')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const found =
        await page.evaluate(`axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => id + ' ' + target + ' ' + failureSummary)))`)
      expect([colorScheme, found]).toEqual([colorScheme, []])
    }
  })

  it.concurrent('sends an SMS instead, and takes its code', async () => {
    const started = await begin(stage, { workflow: [{ channel: 'flash_call' }, { channel: 'sms' }] })
    await caller(stage, started)
    const page = await open(started)
    await page.getByRole('button', { name: 'Send an SMS instead' }).click()
    await isSaid(page, /We are sending an SMS to/)
    const text = await waitFor(async () => {
      const query = new URLSearchParams({ phone: started.phone })
      const { body } = await stage.stack.request('GET', `/v1/sandbox/messages?${query}`)
      return (body.data[0]?.text ?? '') as string
    })
    await code(page).fill(/\d{4,8}/.exec(text)?.[0] ?? '')
    await page.keyboard.press('Enter')
    await isSaid(page, 'Your phone number is confirmed.')
  })

  it.concurrent('shows the number to call with a link and a QR code, and learns of the call by itself', async () => {
    const started = await begin(stage, { channel: 'inbound_call' })
    const page = await open(started)
    const link = page.getByRole('link', { name: /^Call \+/ })
    await link.waitFor({ timeout: 15_000 })
    await page.getByRole('img', { name: /QR code/ }).waitFor()
    const to = (await link.getAttribute('href'))?.replace('tel:', '')
    await stage.stack.request('POST', '/v1/sandbox/inbound', { body: { from: started.phone, to } })
    await isSaid(page, 'Your phone number is confirmed.')
  })

  it.concurrent('polls where the stream is held back', async ({ expect }) => {
    const started = await begin(stage)
    const page = await stage.browser.open({ locale: 'en-US' })
    await watch(page)
    await page.route('**/v1/client/events', (route) => route.abort())
    await page.goto(`/verify/${started.client_token}`)
    await isSaid(page, 'The call has arrived.')
    await stage.stack.request('POST', `/v1/verifications/${started.id}/cancel`, { body: {} })
    await expect.poll(() => told(page), { timeout: 10_000 }).toEqual(['failed cancelled'])
  })

  it.concurrent('says that the connection is lost, keeps what was typed, and resumes', async () => {
    const started = await begin(stage)
    const from = await caller(stage, started)
    const page = await open(started)
    await isSaid(page, 'The call has arrived.')
    await code(page).fill(from.slice(-4, -1))
    await page.context().setOffline(true)
    await page.keyboard.press('End')
    await page.keyboard.type(from.slice(-1))
    await page.keyboard.press('Enter')
    await isSaid(page, 'No connection. Trying again…')
    expect(await code(page).inputValue()).toBe(from.slice(-4))
    await page.context().setOffline(false)
    await page.keyboard.press('Enter')
    await isSaid(page, 'Your phone number is confirmed.')
  })

  it.concurrent('tells of a number that does not exist and of the end of the time, in Russian too', async () => {
    const page = await open(await begin(stage, { phone: '+79000000003' }), '?locale=ru')
    await isSaid(page, 'Такого номера нет. Проверьте его и начните заново.')
    expect(await told(page)).toEqual(['failed failed'])
    const started = await begin(stage)
    const other = await open(started)
    await code(other).waitFor()
    await stage.sql`
      with moved as (update verifications set expires_at = now() where phone = ${started.phone} returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await code(other).fill('00000')
    await other.keyboard.press('Enter')
    await isSaid(other, 'The time is up. Start again.')
    expect(await told(other)).toEqual(['expired expired'])
  })

  it.concurrent('works on the pages of a site that the tenant allows, and on no other', async ({
    expect,
  }) => {
    const started = await begin(stage)
    const from = await caller(stage, started)
    const page = await stage.browser.open({ locale: 'en-US' })
    await watch(page)
    await page.goto(`${stage.other}/?token=${started.client_token}`)
    await isSaid(page, 'No connection. Trying again…')
    expect(await told(page)).toEqual([])
    await page.goto(`${stage.allowed}/?token=${started.client_token}`)
    await code(page).fill(from.slice(-4))
    await page.keyboard.press('Enter')
    await expect.poll(() => told(page)).toEqual(['approved approved'])
  })

  it('misses nothing and repeats nothing over a restart of the API', async () => {
    const { stack } = stage
    const started = await begin(stage)
    await caller(stage, started)
    const page = await open(started)
    await isSaid(page, 'The call has arrived.')
    const first = await follow(stack.url, started.client_token)
    const event = await first.next()
    await stack.restart('api')
    const second = await follow(stack.url, started.client_token, event?.id)
    await stack.request('POST', `/v1/verifications/${started.id}/cancel`, { body: {} })
    const rest = await second.rest()
    expect(rest.at(-1)?.status).toBe('cancelled')
    expect(rest.filter(({ id }) => Number(id) <= Number(event?.id))).toEqual([])
    await expect.poll(() => told(page), { timeout: 10_000 }).toEqual(['failed cancelled'])
  })
})
