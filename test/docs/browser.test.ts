import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium } from '../console/browser.ts'
import { type ConsoleTest, startConsole } from '../console/support.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PAGES = [
  '/docs',
  '/docs/reference/verifications',
  '/docs/guides/webhooks',
  '/docs/lists',
  '/docs/policy',
  '/docs/errors',
  '/docs/errors/code_incorrect',
]

/** What axe finds in light and dark colours, one a line. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const run = (options: string): Promise<string[]> =>
    page.evaluate(`axe.run(document, ${options}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' ' + location.pathname + ' ' + target + ' ' + failureSummary)))`)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await run('{}')
  await page.emulateMedia({ colorScheme: 'dark' })
  return [...light, ...(await run("{ runOnly: ['color-contrast'] }"))]
}

describe.skipIf(!hasChromium && !process.env.CI)('the documentation in a browser', () => {
  let own: ConsoleTest
  beforeAll(async () => {
    own = await startConsole()
  })
  afterAll(() => own?.stop())

  test('axe finds nothing on any page, wide or narrow, and none is wider than the screen', {
    timeout: 240_000,
  }, async () => {
    const found: string[] = []
    for (const width of [1440, 390]) {
      const page = await own.browser.open({ viewport: { width, height: 844 } })
      for (const path of PAGES) {
        await page.goto(path)
        if (width === 1440) found.push(...(await violations(page)))
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        expect([path, width, Number(overflow) > 0]).toEqual([path, width, false])
      }
      await page.context().close()
    }
    expect([...found, ...own.browser.troubles]).toEqual([])
  })

  test('the search is used from the keyboard, and leads to the operation', async () => {
    const page = await own.browser.open()
    await page.goto('/docs')
    await page.keyboard.press('/')
    await page.keyboard.type('delete api key')
    await page.locator('#found li').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/docs/reference/api-keys#deleteApiKey')
    await page.keyboard.press('/')
    await page.keyboard.type('superseded')
    await page.locator('#found li').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/docs/lists#failure-codes-superseded')
    await page.context().close()
  })

  test('a link of earlier versions, or to a folded object, opens what it names', async () => {
    const page = await own.browser.open()
    await page.goto('/docs#createRoute')
    await page.waitForURL('**/docs/reference/routes#createRoute')
    await page.goto('/docs#schema-Verification')
    await page.waitForURL('**/docs/reference/verifications#schema-Verification')
    await page.locator('details#schema-Verification[open]').waitFor()
    await page.goto('/docs/reference/webhooks')
    await page.locator('#navigation').getByText('Delete a webhook endpoint').click()
    await page
      .locator('#navigation [aria-current=location]', { hasText: 'Delete a webhook endpoint' })
      .waitFor()
    await page.context().close()
  })

  test('the chosen language holds on the next page, and a sample is copied', async () => {
    const page = await own.browser.open({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/docs/reference/verifications')
    expect(await page.locator('#startVerification .sample.curl').first().isVisible()).toBe(true)
    await page.getByText('Python', { exact: true }).click()
    await page.goto('/docs/reference/routes')
    const sample = page.locator('#createRoute div.sample.python')
    await sample.hover()
    await sample.locator('.copy').click()
    await sample.getByText('Copied').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(
      /^import requests\n[\s\S]*\/v1\/routes"/,
    )
    await page.context().close()
  })

  test('an operation is run with a test key, kept in the page only; a live key is refused', async () => {
    const page = await own.browser.open()
    await page.goto('/docs/reference/verifications')
    await page.locator('#key').fill(own.stack.adminKey)
    await page.getByText('this page takes test keys only').waitFor()
    expect(await page.locator('#key').inputValue()).toBe('')
    const operation = page.locator('#startVerification')
    await operation.locator('button.run').click()
    await operation.locator('.try button').click()
    await page.getByText('Enter your test key first').waitFor()
    await page.locator('#key').fill(own.stack.testKey)
    expect(await operation.locator('pre.curl').textContent()).toContain(own.stack.testKey)
    await operation.locator('.try button').click()
    await operation.locator('.result .status', { hasText: '201' }).waitFor()
    const { id } = JSON.parse((await operation.locator('.result pre').first().textContent()) ?? '')
    expect((await own.stack.request('GET', `/v1/verifications/${id}`)).status).toBe(200)
    expect(await operation.locator('.result').textContent()).toMatch(/in \d+ ms[\s\S]*x-request-id: /)
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    )
    expect(kept).not.toContain('rp_')
    await page.reload()
    expect(await page.locator('#key').inputValue()).toBe('')
    await page.context().close()
  })

  test('every page can be read and navigated without scripts', async () => {
    const page = await own.browser.open({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } })
    await page.goto('/docs/reference/verifications')
    await page.locator('.menu').click()
    await page.locator('#navigation').getByText('Errors', { exact: true }).click()
    await page.locator('h1', { hasText: 'Errors' }).waitFor()
    await page.goto('/docs/reference/routes')
    await page.getByText('Go', { exact: true }).click()
    expect(await page.locator('#createRoute .sample.go').isVisible()).toBe(true)
    expect(await page.locator('#createRoute .sample.curl').isVisible()).toBe(false)
    expect(await page.locator('button.run').first().isVisible()).toBe(false)
    await page.context().close()
  })
})
