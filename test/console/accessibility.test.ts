import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fill } from '../../scripts/screenshots/fill.ts'
import { hasChromium, logIn } from './browser.ts'
import { type ConsoleTest, startConsole } from './support.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PAGES = [
  '/console',
  '/console?span=days',
  '/console/verifications',
  '/console/statistics?group_by=day',
  '/console/statistics?group_by=provider',
  '/console/verifications?country=DE&hour=2026-01-31T09&status=started',
  '/console/operators',
  '/console/operators/new',
  '/console/operators/new?provider=sip',
  '/console/routes',
  '/console/routes/new',
  '/console/numbers',
  '/console/money',
  '/console/money/statements',
  '/console/money/findings',
  '/console/policy',
  '/console/policy/start-hook',
  '/console/phones',
  '/console/texts',
  '/console/webhooks',
  '/console/keys',
  '/console/doors',
  '/console/money/postings',
  '/console/prices',
  '/console/costs',
  '/console/quote?phone=%2B7924',
  '/console/erasures',
  '/console/tenants',
  '/console/nothing-here',
]
/** Compressed. Below 60 kB with the style sheet and scripts, which have 9. */
const BYTES_MAX = 50_000

/**
 * The violations that axe finds in light and dark colours, one a line. Its script is injected by the browser:
 * pages allow only ours.
 */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const run = (options: string): Promise<string[]> =>
    page.evaluate(`axe.run(document, ${options}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' ' + location.pathname + ' ' + target + ' ' + failureSummary)))`)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await run("{ resultTypes: ['violations'] }")
  await page.emulateMedia({ colorScheme: 'dark' })
  return [...light, ...(await run("{ runOnly: ['color-contrast'], resultTypes: ['violations'] }"))]
}

describe.skipIf(!hasChromium && !process.env.CI)('axe finds nothing on any page, and each is small', () => {
  let own: ConsoleTest

  beforeAll(async () => {
    own = await startConsole()
  })
  afterAll(() => own?.stop())

  /** Pages behind forms: a tenant acted for, a top-up to confirm, an erasure to confirm and its certificate. */
  async function administer(page: Page): Promise<string[]> {
    const found: string[] = []
    const look = async () => found.push(...(await violations(page)))
    await page.goto('/console/tenants')
    await page.locator('#name').fill(`Tenant ${Date.now()}`)
    await page.locator('main button.main').click()
    await page.locator('.figures').waitFor()
    await page.locator('main .box.good a').click()
    await page.locator('.acting').click()
    await look()
    await page.goto(new URL(page.url()).pathname.replace(/keys$/, 'money/postings'))
    await page.locator('#amount').fill('x')
    await page.locator('button[value=preview]').click()
    await look()
    await page.locator('#amount').fill('5')
    await page.locator('button[value=preview]').click()
    await page.locator('button[value=post]').waitFor()
    await look()
    await page.goto('/console/erasures')
    await page.locator('#phone').fill('+79243555398')
    await page.locator('button[value=preview]').click()
    await page.locator('#confirm').fill('+79243555398')
    await look()
    await page.locator('button[value=erase]').click()
    await page.locator('[data-print]').waitFor()
    await look()
    return found
  }

  async function lookAtAll(filled: { verification: string; key: string } | null): Promise<string[]> {
    const found: string[] = []
    const look = async (page: Page, path: string) => {
      const answer = await page.goto(path)
      const bytes = gzipSync((await answer?.body()) ?? '').length
      if (bytes > BYTES_MAX) found.push(`${path}: ${bytes} bytes`)
      found.push(...(await violations(page)))
    }
    const admin = await own.browser.open()
    await look(admin, '/console/login')
    await logIn(admin, own.stack.adminKey)
    for (const path of filled ? [...PAGES, `/console/keys/${filled.key}`] : PAGES) await look(admin, path)
    if (!filled) return [...found, ...own.browser.troubles]
    await admin.goto('/console/policy')
    await admin.locator('#starts_per_phone_day').fill('1')
    await admin.locator('button[value=simulate]').click()
    found.push(...(await violations(admin)))
    found.push(...(await administer(admin)))
    const tester = await own.browser.open({ viewport: { width: 360, height: 740 } })
    await logIn(tester, own.stack.testKey)
    await look(tester, '/console/try')
    await look(tester, `/console/verifications/${filled.verification}`)
    await tester.goto('/console/try')
    await tester.locator('main button.main').click()
    await tester.locator('.caller').waitFor()
    found.push(...(await violations(tester)))
    await tester.goto('/console/try')
    await tester.locator('#way').selectOption('flash_call,sms')
    await tester.locator('main button.main').click()
    await tester.locator('.caller').waitFor()
    await tester.locator('button[name=next]').click()
    await tester.locator('.bubble').waitFor()
    found.push(...(await violations(tester)))
    await tester.goto('/console/try')
    await tester.locator('#way').selectOption('inbound_call')
    await tester.locator('main button.main').click()
    await tester.locator('#dial').waitFor()
    found.push(...(await violations(tester)))
    return [...found, ...own.browser.troubles]
  }

  test('with nothing in it', { timeout: 120_000 }, async () => {
    expect(await lookAtAll(null)).toEqual([])
  })

  test('after a month of use', { timeout: 120_000 }, async () => {
    expect(await lookAtAll(await fill(own.stack, own.database.url))).toEqual([])
  })
})
