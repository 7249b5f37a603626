import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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
  '/console/numbers',
  '/console/money',
  '/console/money/statements',
  '/console/money/findings',
  '/console/policy',
  '/console/phones',
  '/console/texts',
  '/console/webhooks',
  '/console/keys',
  '/console/doors',
  '/console/nothing-here',
]

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
  const light = await run('{}')
  await page.emulateMedia({ colorScheme: 'dark' })
  return [...light, ...(await run("{ runOnly: ['color-contrast'] }"))]
}

describe.skipIf(!hasChromium && !process.env.CI)('axe finds nothing on any page', () => {
  let own: ConsoleTest

  beforeAll(async () => {
    own = await startConsole()
  })
  afterAll(() => own?.stop())

  async function lookAtAll(filled: { verification: string; key: string } | null): Promise<string[]> {
    const found: string[] = []
    const look = async (page: Page, path: string) => {
      await page.goto(path)
      found.push(...(await violations(page)))
    }
    const admin = await own.browser.open()
    await look(admin, '/console/login')
    await logIn(admin, own.stack.adminKey)
    for (const path of filled ? [...PAGES, `/console/keys/${filled.key}`] : PAGES) await look(admin, path)
    await admin.goto('/console/policy')
    await admin.locator('#starts_per_phone_day').fill('1')
    await admin.locator('button[value=simulate]').click()
    found.push(...(await violations(admin)))
    const tester = await own.browser.open({ viewport: { width: 360, height: 740 } })
    await logIn(tester, own.stack.testKey)
    await look(tester, '/console/try')
    if (filled) await look(tester, `/console/verifications/${filled.verification}`)
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
