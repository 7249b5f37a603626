import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { hasChromium, logIn } from './browser.ts'
import { type ConsoleTest, startConsole } from './support.ts'

// At once: they wait for calls most of the time.
describe.skipIf(!hasChromium && !process.env.CI)('in a browser', { concurrent: true }, () => {
  let own: ConsoleTest

  beforeAll(async () => {
    own = await startConsole()
  })
  afterAll(async () => {
    await own?.stop()
    expect(own?.browser.troubles).toEqual([])
  })

  const begin = async (body: Record<string, unknown>) => {
    const answer = await own.stack.request('POST', '/v1/verifications', { body })
    expect(answer.status, answer.text).toBe(201)
    return answer.body.id as string
  }

  test('a newcomer calls a phone, sees it ring, types the digits, and gets a proof and its audit', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.getByRole('link', { name: 'Try it' }).first().click()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    const code = await page.locator('.caller strong').innerText()
    await page.getByLabel(/Last \d digits/).fill(code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10))
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('The code is wrong').waitFor()
    await page.locator('#checks-left', { hasText: '2 checks left' }).waitFor()
    await page.getByLabel(/Last \d digits/).fill(code)
    await page.getByRole('button', { name: 'Check' }).click()
    expect(await page.locator('section[aria-labelledby=proof-title] pre').innerText()).toMatch(
      /^[\w-]+\.[\w-]+\.[\w-]+$/,
    )
    await page.getByText('Chain intact').waitFor()
    await page.getByRole('link', { name: 'Open this verification' }).click()
    await page.getByRole('heading', { name: '+79243555100' }).waitFor()
  })

  test('the same walk needs no script', async () => {
    const page = await own.browser.open({ javaScriptEnabled: false })
    await logIn(page, own.stack.testKey)
    await page.goto('/console/try')
    await page.getByLabel('Phone to verify').fill('+79243555177')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.locator('.caller strong').waitFor()
    await page.getByLabel(/Last \d digits/).fill(await page.locator('.caller strong').innerText())
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
  })

  test('a newcomer gets a text instead of a call, and types its code', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto('/console/try')
    await page.getByLabel('Phone to verify').fill('+79243555178')
    await page.getByLabel('Channel').selectOption('SMS')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    const text = await page.locator('.caller').innerText()
    await page.getByLabel('Code from the message').fill(/\d{4}/.exec(text)?.[0] ?? '')
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
    expect(await page.getByText('Waiting for the call').count()).toBe(0)
  })

  test('a newcomer moves on from a call to an SMS, and may type the code of either', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto('/console/try')
    await page.getByLabel('Phone to verify').fill('+79243555179')
    await page.getByLabel('Channel').selectOption('Flash call → SMS')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    const ofCall = await page.locator('.ring .caller strong').innerText()
    await page.getByLabel('Code', { exact: true }).pressSequentially(ofCall.slice(0, 2))
    await page.getByRole('button', { name: 'Next step now' }).click()
    await page.locator('.bubble').waitFor()
    expect(await page.locator('[aria-current=step]').innerText()).toBe('SMS')
    await page.locator('.notices', { hasText: 'Missed call' }).waitFor()
    expect(await page.getByRole('button', { name: 'Next step now' }).count()).toBe(0)
    await page.getByLabel('Code', { exact: true }).fill(ofCall)
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
  })

  test('of a call that vanishes nothing is seen, until the SMS arrives', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto('/console/try')
    await page.getByRole('button', { name: /0010/ }).click()
    await page.locator('.idle', { hasText: 'Waiting for the call' }).waitFor()
    await page.locator('.next time').waitFor()
    await page.locator('.bubble strong').waitFor({ timeout: 30_000 })
    expect(await page.locator('.notices').count()).toBe(0)
    await page.getByLabel('Code', { exact: true }).fill(await page.locator('.bubble strong').innerText())
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
  })

  test('a phone that gets no call and no text verifies itself by calling, live and from the keyboard', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto('/console/try')
    await page.getByRole('button', { name: /0011/ }).click()
    const call = page.getByRole('button', { name: /^Call \+7 495/ })
    await call.waitFor({ timeout: 20_000 })
    expect(await page.locator('[aria-current=step]').innerText()).toBe('Inbound call')
    await call.press('Enter')
    await page.locator('[data-part=status]', { hasText: 'Approved' }).waitFor()
    await page.getByText('The operator recognised this phone').waitFor()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
  })

  test('an inbound call alone needs no code and no script', async () => {
    const page = await own.browser.open({ javaScriptEnabled: false })
    await logIn(page, own.stack.testKey)
    await page.goto('/console/try')
    await page.getByLabel('Phone to verify').fill('+79243555180')
    await page.getByLabel('Channel').selectOption('Inbound call')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    const call = page.getByRole('button', { name: /^Call \+7 495/ })
    await call.waitFor()
    // A reload would take the focus from whoever uses the keyboard.
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0)
    await call.press('Enter')
    expect(await page.getByRole('textbox').count()).toBe(0)
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
  })

  test('support types the last digits of a phone, and reads what happened to it', async () => {
    await begin({ phone: '+79243551111' })
    const id = await begin({ phone: '+79000000005', reference: 'order-17' })
    await waitFor(
      async () => (await own.stack.request('GET', `/v1/verifications/${id}`)).body.status === 'delivered',
      { timeoutMs: 25_000, what: 'the second operator to call' },
    )
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto('/console/verifications')
    await page.getByRole('searchbox').pressSequentially('0005')
    await page.waitForURL(/q=0005/)
    await waitFor(async () => (await page.locator('tbody tr').count()) === 1)
    await page.getByRole('link', { name: '+79000000005' }).click()
    await page.waitForURL(`**/console/verifications/${id}`)
    const steps = await page.locator('.timeline li').allInnerTexts()
    expect(steps[0]).toContain('Started')
    expect(steps.join('\n')).toMatch(/telefon-ip[\s\S]*new-tel[\s\S]*Delivered/)
    expect(await page.locator('section[aria-labelledby=calls] tbody tr').count()).toBe(2)
  })

  test('a running verification updates on its page, and can be cancelled', async () => {
    const id = await begin({ phone: '+79243552222' })
    const page = await own.browser.open()
    await logIn(page, own.stack.testKey)
    await page.goto(`/console/verifications/${id}`)
    await page.locator('[data-part=status]', { hasText: 'Delivered' }).waitFor()
    const calls = await own.stack.request('GET', '/v1/sandbox/calls?phone=%2B79243552222')
    await own.stack.request('POST', `/v1/verifications/${id}/confirm`, {
      body: { code: calls.body.data[0].from },
    })
    await page.locator('[data-part=status]', { hasText: 'Approved' }).waitFor()
    const other = await begin({ phone: '+79243552223' })
    await page.goto(`/console/verifications/${other}`)
    await page.getByRole('button', { name: 'Cancel verification' }).click()
    await page.locator('[data-part=status]', { hasText: 'Cancelled' }).waitFor()
  })

  test('a policy is simulated on past starts before it can be saved', async () => {
    const tester = await own.newKey({ scopes: ['verify', 'read', 'admin'] })
    for (const phone of ['+79243553331', '+79243553332', '+79253553333']) await begin({ phone })
    const page = await own.browser.open()
    await logIn(page, tester)
    await page.goto('/console/policy')
    const deny = page.getByLabel('Denied prefixes one per line')
    await deny.fill('nonsense')
    await page.getByRole('button', { name: 'Preview changes' }).click()
    await page.getByRole('alert').getByText('Denied prefixes (1)').waitFor()
    expect(await deny.inputValue()).toBe('nonsense')
    await deny.fill('+7925')
    await page.getByRole('button', { name: 'Preview changes' }).click()
    await page.getByText('Would have been denied', { exact: true }).waitFor()
    const outcome = page.locator('section[aria-labelledby=outcome]')
    expect(await outcome.locator('dd').last().innerText()).toBe('1')
    await page.getByText('log in with a live key to save changes').waitFor()
    expect(await page.getByRole('button', { name: 'Save changes' }).count()).toBe(0)
    const key = await own.newKey({ scopes: ['read', 'admin'], livemode: true })
    const live = await own.browser.open()
    await logIn(live, key)
    await live.goto('/console/policy')
    await live.getByLabel('Denied prefixes one per line').fill('+7925')
    await live.getByRole('button', { name: 'Preview changes' }).click()
    const read = async () => (await own.stack.request('GET', '/v1/policies', { key })).body.deny_prefixes
    expect(await read()).toBeNull()
    await live.getByRole('button', { name: 'Save changes' }).click()
    await live.getByText('Saved.').waitFor()
    expect(await read()).toEqual(['+7925'])
    await own.stack.request('PATCH', '/v1/policies', { key, body: { deny_prefixes: null } })
  })

  test('a key is created, its secret shown once, and revoked, which ends its session', async () => {
    const key = await own.newKey({ scopes: ['read', 'admin'] })
    const page = await own.browser.open()
    await logIn(page, key)
    await page.goto('/console/keys')
    await page.getByLabel('Name').fill('made here')
    await page.getByRole('button', { name: 'Create a key' }).click()
    const secret = await page.locator('section[aria-labelledby=secret] pre').innerText()
    expect((await own.stack.request('GET', '/v1/verifications', { key: secret })).status).toBe(200)
    const guest = await own.browser.open()
    await logIn(guest, secret)
    await page.goto('/console/keys')
    expect(await page.content()).not.toContain(secret)
    await page.getByRole('link', { name: 'made here' }).click()
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('alert').getByText('The key was not revoked').waitFor()
    await page.getByLabel('Yes, revoke this key').check()
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('The key was revoked.').waitFor()
    await waitFor(async () => {
      await guest.goto('/console/verifications')
      return new URL(guest.url()).pathname === '/console/login'
    })
  })

  test('language and colours stay as chosen', async () => {
    const page = await own.browser.open({ locale: 'ru-RU' })
    await logIn(page, own.stack.testKey)
    await page.getByRole('heading', { name: 'Обзор' }).waitFor()
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor()
    await page.getByRole('button', { name: /Theme/ }).click()
    await page.goto('/console/verifications')
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light')
  })

  test('what a page shows is copied, also where the browser has no clipboard; without scripts nothing offers it', async () => {
    const page = await own.browser.open({ permissions: ['clipboard-read', 'clipboard-write'] })
    await logIn(page, own.stack.testKey)
    const copyOn = async (path: string) => {
      await page.goto(path)
      await page.locator('#as-api').click()
      await page.getByRole('button', { name: 'Copy: As API call' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      return page.evaluate('navigator.clipboard?.readText()')
    }
    const call = await copyOn('/console/verifications?status=failed')
    expect(call).toBe(
      `curl -s "${own.stack.url}/v1/verifications?status=failed" -H "Authorization: Bearer $KEY"`,
    )
    await page.addInitScript('Object.defineProperty(navigator, "clipboard", { value: undefined })')
    await copyOn('/console/statistics?group_by=country')
    expect(await page.evaluate('getSelection().toString()')).toContain('/v1/statistics?group_by=country')
    const plain = await own.browser.open({ javaScriptEnabled: false })
    await logIn(plain, own.stack.testKey)
    await plain.goto('/console/verifications')
    expect(await plain.locator('.copy').count()).toBeGreaterThan(0)
    expect(await plain.locator('.copy:visible').count()).toBe(0)
  })

  test('times are in the zone of the browser, those that a live list adds too, until another is chosen', async () => {
    const page = await own.browser.open({ timezoneId: 'Asia/Tokyo' })
    const { body } = await own.stack.request('POST', '/v1/verifications', { body: { phone: '+79243557301' } })
    const inZone = (timeZone: string) =>
      new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'medium' }).format(
        new Date(body.created_at),
      )
    const time = page.locator(`tr:has(a[href$="${body.id}"]) time`)
    await logIn(page, own.stack.testKey)
    await page.goto('/console/verifications?status=approved')
    await page.locator('#status').selectOption('')
    await page.locator('.filters button').click()
    await time.waitFor()
    expect(await time.innerText()).toBe(inZone('Asia/Tokyo'))
    await page.locator('.zone summary').click()
    await page.locator('.zone button[value=UTC]').click()
    const shows = (zone: string) =>
      waitFor(async () => (await time.innerText()) === inZone(zone), { what: `the zone ${zone}` })
    await shows('UTC')
    expect(await time.getAttribute('title')).toBe(`${inZone('UTC')} UTC`)
    await page.locator('.zone summary').click()
    await page.locator('.zone button[value=browser]').click()
    await shows('Asia/Tokyo')
    // As on the first visit of a browser whose session is older than this page.
    await page.context().clearCookies({ name: 'ringproof_browser_zone' })
    await page.goto('/console/verifications')
    await shows('Asia/Tokyo')
  })
})
