import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { handsetCalls } from '../../src/sandbox/client.ts'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { waitFor } from '../setup/wait.ts'
import { hasChromium, logIn } from './browser.ts'
import { type ConsoleTest, startConsole } from './support.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PHONE = '+79243555277'

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(`axe.run(document, {}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ' ' + location.pathname + ' ' + target + ' ' + failureSummary)))`)
}

/** How many pixels the page is wider than its window. */
const overhang = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

describe.skipIf(!hasChromium && !process.env.CI)('from the first run to a first call', () => {
  let own: ConsoleTest
  let token: string
  let baseUrl: string

  beforeAll(async () => {
    own = await startConsole()
    token = sandboxCredentials(randomBytes(32), 'telefon-ip').token ?? ''
    baseUrl = sandboxBaseUrl(own.stack.sandboxUrl, 'telefon-ip')
  })
  afterAll(() => own?.stop())
  afterEach(() => {
    expect(own.browser.troubles.splice(0)).toEqual([])
  })

  async function create(path: string, body: object) {
    const answer = await own.stack.request('POST', path, { key: own.stack.adminKey, body })
    expect(answer.status, answer.text).toBe(201)
    return answer.body
  }

  /** The digits of the number that rang, as the phone shows them. */
  async function codeOn(phone: string): Promise<string> {
    let code = ''
    await waitFor(async () => {
      const [call] = (await handsetCalls({ sandboxUrl: own.stack.sandboxUrl, token, phone })) ?? []
      code = call?.from.slice(-4) ?? ''
      return code !== ''
    })
    return code
  }

  async function fillIn(page: Page, name: string, secret: string) {
    await page.getByLabel('Name of the account').fill(name)
    await page.getByLabel('API token').fill(secret)
    await page.getByLabel('Address of the API').fill(baseUrl)
    await page.getByRole('button', { name: 'Check and save' }).click()
  }

  test('the list leads through operator, route, price and key to a call, and goes away', async () => {
    const page = await own.browser.open()
    await logIn(page, own.stack.adminKey)
    const steps = page.locator('section[aria-labelledby=first-run]')
    await steps.getByText('0 of 5 done').waitFor()
    expect(await violations(page)).toEqual([])

    await steps.getByRole('link', { name: 'Connect an operator' }).click()
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'telefon-ip' }).click()
    await fillIn(page, 'Main', 'a-token-that-nobody-knows')
    await page.getByText('The operator said: “Unauthorized').waitFor()
    expect(await violations(page)).toEqual([])
    expect(await page.getByLabel('Name of the account').inputValue()).toBe('Main')
    expect(await page.getByLabel('API token').inputValue()).toBe('')
    await fillIn(page, 'Main', token)
    await page.getByText('The account is saved and works.').waitFor()
    await page.getByText('First add a route to this account.').waitFor()
    expect(await violations(page)).toEqual([])

    await page.getByRole('link', { name: 'Add a route' }).click()
    await page.getByLabel('Prefix').fill('+7')
    await page.getByLabel('Prefix').press('Enter')
    await page.getByText('Saved. It applies to calls within a second.').waitFor()
    expect(await violations(page)).toEqual([])

    await page.goto('/console')
    await steps.getByText('2 of 5 done').waitFor()
    await create('/v1/prices', {
      prefix: '+7',
      amount: '0.50',
      currency: 'RUB',
      per: 'delivered',
      list: 'default',
    })
    await steps.getByRole('link', { name: 'Create a key' }).click()
    await page.getByLabel('Name').fill('back end')
    await page.getByLabel('Live: calls real phones').check()
    await page.getByRole('button', { name: 'Create a key' }).click()
    await page.locator('section[aria-labelledby=secret]').waitFor()
    await page.goto('/console')
    await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor()
    expect(await steps.count()).toBe(0)
  })

  test('a test call says what it costs, rings, takes the code, and names the account that called', async () => {
    await create('/v1/billing/topups', { amount: '100', currency: 'RUB' })
    const page = await own.browser.open({ viewport: { width: 390, height: 844 } })
    await logIn(page, own.stack.adminKey)
    await page.goto('/console/operators')
    await page.getByRole('link', { name: 'Main' }).click()
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    await page.getByLabel('Your phone').fill(PHONE)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Call this phone?' }).waitFor()
    expect(await page.locator('main').innerText()).toMatch(/0\.50/)
    expect(await violations(page)).toEqual([])
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'Call now' }).click()
    await page.locator('[data-part=status]', { hasText: 'Delivered' }).waitFor()
    await page.locator('[data-part=facts]', { hasText: 'Main' }).waitFor()
    await page.locator('#code').fill(await codeOn(PHONE))
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('It works: the code was right.').waitFor()
  })
  test('accounts of a route are put in order from the keyboard and by dragging', async () => {
    for (const name of ['Second', 'Third']) {
      const credentials = sandboxCredentials(randomBytes(32), 'telefon-ip')
      await create('/v1/provider-accounts', { provider: 'telefon-ip', name, credentials, base_url: baseUrl })
    }
    const page = await own.browser.open({ viewport: { width: 390, height: 844 } })
    await logIn(page, own.stack.adminKey)
    await page.goto('/console/routes/new')
    await page.getByLabel('Prefix').fill('+79')
    for (const name of ['Main', 'Second', 'Third'])
      await page.getByRole('button', { name: `Add ${name}` }).click()
    const order = async () => (await page.locator('.order .grow').allInnerTexts()).join(' ')
    expect(await order()).toBe('Main Second Third')
    const up = page.getByRole('button', { name: 'Move Third up' })
    await up.focus()
    await page.keyboard.press('Enter')
    await page.getByText('Third: 2 / 3').waitFor()
    expect(await page.evaluate('document.activeElement.value')).toMatch(/^up /)
    await page.keyboard.press('Enter')
    await page.getByText('Third: 1 / 3').waitFor()
    expect(await order()).toBe('Third Main Second')
    await page.locator('.order li', { hasText: 'Second' }).dragTo(page.locator('.order li').first(), {
      targetPosition: { x: 60, y: 2 },
    })
    expect(await order()).toBe('Second Third Main')
    expect(await violations(page)).toEqual([])
    expect(await overhang(page)).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'Save the route' }).click()
    await page.getByText('Saved. It applies').waitFor()
    expect(await order()).toBe('Second Third Main')
  })
})
