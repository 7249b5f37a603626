import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import { parseId } from '../../src/values/ids.ts'
import { NO_LIMITS } from '../billing/support.ts'
import { KEY, startGatewayProcess } from '../gateway/support.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { startTestApp } from '../setup/app.ts'
import { begin, jobOf, newPhone } from '../verifications/support.ts'
import { openLive } from './live-accounts.ts'

/** Live and test verifications that call over SIP, through a gateway of their own and the sandbox’s trunk. */
export async function openSip() {
  const gateway = await startGatewayProcess({}, {}, (stop) => afterAll(stop))
  const test = await startTestApp({ GATEWAY_URL: gateway.url, GATEWAY_KEY: KEY })
  afterAll(() => test.stop())
  const { client } = await openLive(test)
  await updatePolicy(client, NO_LIMITS)
  const trunk = `sip:127.0.0.1:${new URL(test.sandbox.url).port};transport=udp`
  let made = 0

  /** `settings`, `credentials`: besides those that work at the sandbox’s trunk. */
  async function newAccount({
    settings = {},
    credentials = {},
    base_url = trunk,
  }: {
    settings?: object
    credentials?: object
    base_url?: string
  } = {}) {
    made += 1
    const own = sandboxCredentials(randomBytes(32), 'sip')
    const namespace = namespaceOf(own.username ?? '') ?? ''
    const account = await createAccount(client, {
      provider: 'sip',
      name: `sip ${made}`,
      base_url,
      credentials: { ...own, ...credentials },
      settings: {
        numbers: ['+74951110000-74951119999'],
        ring_ms: 3_000,
        poll_first_ms: 50,
        poll_max_ms: 100,
        options_seconds: 0,
        adopt_after_seconds: [0.2],
        ...settings,
      },
    })
    return {
      id: account.id,
      uuid: parseId('account', account.id) ?? '',
      check: account.check,
      settings: account.settings,
      own,
      /** The INVITEs that the trunk took, oldest first. */
      ledger: (phone?: string) => test.sandbox.calls.list(namespace, phone),
    }
  }

  /** Starts a verification of a phone that the accounts serve, in that order. */
  async function beginAt(accounts: { id: string }[], phone = newPhone()) {
    await createRoute(client, {
      prefix: phone,
      channel: 'flash_call',
      accounts: accounts.map(({ id }) => id),
    })
    const { id } = await begin(client, { phone })
    return { id, phone, job: await jobOf(test, id) }
  }

  return { test, gateway, client, newAccount, beginAt, trunk }
}
