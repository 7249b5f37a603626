import { randomBytes } from 'node:crypto'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { newLoginLink } from '../../src/access/login-link.ts'
import { handsetCalls } from '../../src/sandbox/client.ts'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { createSecrets } from '../../src/secrets.ts'
import { type ConsoleTest, startConsole } from '../console/support.ts'
import { type Receiver, startReceiver } from '../events/receiver.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { waitFor } from '../setup/wait.ts'

/** An installation without anything in it, a simulated operator, a server for webhooks, and a browser. */
export type Place = ConsoleTest & {
  /** The path that `npm start` prints. */
  link: string
  operator: { address: string; token: string }
  receiver: Receiver
  /** Somebody with an empty browser. */
  arrive(options?: BrowserContextOptions): Promise<Person>
  /** A live key of a shop whose phones can be called; connects the operator if nobody has. */
  shopKey(): Promise<string>
  /** The digits that a phone shows once it rang. */
  codeOn(phone: string): Promise<string>
}

export type Person = {
  page: Page
  /** Clicks, and counts it. */
  click(locator: Locator): Promise<void>
  /** Does a job, prints how many clicks it took, and fails if it took more than `most`. */
  job(name: string, most: number, steps: () => Promise<void>): Promise<void>
}

export async function startPlace(): Promise<Place> {
  const [own, receiver] = await Promise.all([startConsole(), startReceiver()])
  const { stack } = own
  const token = sandboxCredentials(randomBytes(32), 'telefon-ip').token ?? ''
  const address = sandboxBaseUrl(stack.sandboxUrl, 'telefon-ip')
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await stack.request(method, path, { key: stack.adminKey, ...(body && { body }) })
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.body
  }
  return {
    ...own,
    receiver,
    link: newLoginLink(createSecrets(Buffer.from(stack.secretKey, 'base64'))),
    operator: { address, token },
    async arrive(options = {}) {
      return personAt(await own.browser.open(options))
    },
    async shopKey() {
      const [{ data: accounts }, { data: routes }] = await Promise.all([
        ask('GET', '/v1/provider-accounts'),
        ask('GET', '/v1/routes'),
      ])
      const account = { provider: 'telefon-ip', name: 'Main', base_url: address, credentials: { token } }
      const { id } = accounts[0] ?? (await ask('POST', '/v1/provider-accounts', account))
      for (const channel of ['flash_call', 'sms']) {
        if (routes.some((route: { channel: string }) => route.channel === channel)) continue
        await ask('POST', '/v1/routes', { prefix: '+7', channel, accounts: [id] })
      }
      // So that a text may follow a call at once.
      await ask('PATCH', '/v1/policies', { phone_pause_seconds: 0 })
      return own.newKey({ name: 'shop', livemode: true })
    },
    async codeOn(phone) {
      return waitFor(
        async () => {
          const [call] = (await handsetCalls({ sandboxUrl: stack.sandboxUrl, token, phone })) ?? []
          return call?.from.slice(-4) ?? ''
        },
        { what: `a call to ${phone}` },
      )
    },
    async stop() {
      await receiver.stop()
      await own.stop()
    },
  }
}

function personAt(page: Page): Person {
  let clicks = 0
  return {
    page,
    async click(locator) {
      clicks++
      await locator.click()
    },
    async job(name, most, steps) {
      clicks = 0
      await steps()
      console.info(`clicks: ${name} ${clicks}`)
      expect(clicks, name).toBeLessThanOrEqual(most)
    },
  }
}

/** How many pixels the page is wider than its window. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
