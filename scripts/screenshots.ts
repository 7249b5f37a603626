import { mkdirSync, rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { migrate } from '../src/db/migrate.ts'
import { startEmbedded } from '../src/embedded/embedded.ts'
import { logIn, startBrowser } from '../test/console/browser.ts'
import { type Stack, startStack } from '../test/setup/processes.ts'
import { fill } from './screenshots/fill.ts'

/**
 * Writes a picture of every console page to `screenshots/`: 390, 1280 and 1920 wide, light and dark, in English and
 * Russian, empty and full. `node scripts/screenshots.ts [part of a name]` makes only those whose name
 * contains the part.
 */
const FOLDER = 'screenshots'
const only = process.argv[2] ?? ''
let phones = 0
const LOOKS = [
  { name: 'wide-light-en', width: 1280, scheme: 'light', locale: 'en-GB' },
  { name: 'wide-dark-ru', width: 1280, scheme: 'dark', locale: 'ru-RU' },
  { name: 'narrow-light-ru', width: 390, scheme: 'light', locale: 'ru-RU' },
  { name: 'narrow-dark-en', width: 390, scheme: 'dark', locale: 'en-GB' },
  { name: 'huge-light-ru', width: 1920, scheme: 'light', locale: 'ru-RU' },
  { name: 'huge-dark-en', width: 1920, scheme: 'dark', locale: 'en-GB' },
] as const

/** What Try it shows: a name, the way to reach the phone, and what to wait for. */
const TRIED = [
  ['try-rang', 'flash_call', '.caller'],
  ['try-message', 'sms', '.bubble'],
  ['try-dialler', 'inbound_call', '#dial'],
] as const

const ADMIN_PAGES: Record<string, string> = {
  overview: '/console',
  'overview-days': '/console?span=days',
  verifications: '/console/verifications',
  'verifications-found-nothing': '/console/verifications?q=nothing-like-this',
  statistics: '/console/statistics',
  'statistics-by-prefix': '/console/statistics?group_by=prefix',
  'statistics-by-operator': '/console/statistics?group_by=provider',
  operators: '/console/operators',
  'operator-choice': '/console/operators/new',
  'operator-new': '/console/operators/new?provider=sip',
  routes: '/console/routes',
  'route-new': '/console/routes/new',
  numbers: '/console/numbers',
  money: '/console/money',
  statements: '/console/money/statements',
  findings: '/console/money/findings',
  policy: '/console/policy',
  postings: '/console/money/postings',
  'start-hook': '/console/policy/start-hook',
  phones: '/console/phones',
  erasures: '/console/erasures',
  texts: '/console/texts',
  webhooks: '/console/webhooks',
  keys: '/console/keys',
  doors: '/console/doors',
  prices: '/console/prices',
  costs: '/console/costs',
  quote: '/console/quote?phone=%2B7924',
  tenants: '/console/tenants',
  'not-found': '/console/nothing-here',
}

async function shoot(page: Page, name: string): Promise<void> {
  if (!name.includes(only)) return
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true })
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  if (Number(overflow) > 0) console.log(`${name}: wider than the screen by ${overflow} px`)
}

async function shootAll(stack: Stack, state: string, extra: Record<string, string> = {}): Promise<void> {
  const browser = await startBrowser(stack.url)
  for (const { name: look, width, scheme, locale } of LOOKS) {
    const options = { viewport: { width, height: 760 }, colorScheme: scheme, locale } as const
    const name = (what: string) => `${what}-${state}-${look}`
    const admin = await browser.open(options)
    await admin.goto('/console/login')
    await shoot(admin, name('login'))
    await logIn(admin, stack.adminKey)
    const pages = { ...ADMIN_PAGES, ...(extra.key && { key: `/console/keys/${extra.key}` }) }
    for (const [what, path] of Object.entries(pages)) {
      if (!name(what).includes(only)) continue
      await admin.goto(path)
      await shoot(admin, name(what))
    }
    await admin.goto('/console/policy')
    await admin.locator('#starts_per_phone_day').fill('1')
    await admin.locator('button[value=simulate]').click()
    await shoot(admin, name('policy-simulated'))
    const tester = await browser.open(options)
    await logIn(tester, stack.testKey)
    await tester.goto('/console/try')
    await shoot(tester, name('try'))
    if (extra.verification) {
      await tester.goto(`/console/verifications/${extra.verification}`)
      await tester.locator('details').last().evaluate('(node) => { node.open = true }')
      await shoot(tester, name('verification'))
      for (const [what, way, seen] of TRIED) {
        await tester.goto('/console/try')
        // Limits are per phone.
        await tester.locator('#phone').fill(`+7924355${1000 + phones++}`)
        await tester.locator('#way').selectOption(way)
        await tester.locator('main button.main').click()
        await tester.locator(seen).waitFor()
        await shoot(tester, name(what))
      }
    }
    await admin.context().close()
    await tester.context().close()
  }
  for (const trouble of browser.troubles) console.log(trouble)
  await browser.close()
}

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER)
const database = await startEmbedded({ ephemeral: true, log: () => {} })
try {
  await migrate(database.url)
  const stack = await startStack({ databaseUrl: database.url })
  try {
    await shootAll(stack, 'empty')
    await shootAll(stack, 'full', await fill(stack, database.url))
    const faults = stack
      .logs('api')
      .split('\n')
      .filter((line) => line.includes('"level":"error"'))
    for (const fault of faults.slice(0, 5)) console.log(fault)
  } finally {
    await stack.stop()
  }
} finally {
  await database.stop()
}
