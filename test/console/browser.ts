import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** The first is the same browser without what draws windows: it takes less CPU. */
const CHROMIUM = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync)
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Whether a browser is installed; in CI it always is. */
export const hasChromium = CHROMIUM !== undefined

export type Browser = {
  /** A page in a new browser context. Its errors go to `troubles`. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** Console errors, script exceptions, and requests to other hosts. */
  troubles: string[]
  close(): Promise<void>
}

/** Chromium with an empty profile, for pages of `origin` only. */
export async function startBrowser(origin: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'ringproof-chromium-'))
  const first = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  })
  const browser = first.browser()
  const troubles: string[] = []
  const contexts: BrowserContext[] = []
  return {
    troubles,
    async open(options = {}) {
      const context = (await browser?.newContext({ baseURL: origin, ...options })) ?? first
      contexts.push(context)
      const page = await context.newPage()
      page.on('console', (message) => {
        // Refused forms are expected.
        if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
          troubles.push(message.text())
      })
      page.on('pageerror', (error) => troubles.push(String(error)))
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== origin) troubles.push(`request to ${request.url()}`)
      })
      return page
    },
    async close() {
      for (const context of contexts) await context.close()
      await first.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** Logs in through the form. */
export async function logIn(page: Page, key: string): Promise<void> {
  await page.goto('/console/login')
  await page.locator('#key').fill(key)
  await page.locator('main button').click()
  await page.waitForURL((url) => url.pathname !== '/console/login')
}
