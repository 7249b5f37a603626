import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { startGateway } from '../../src/gateway/server.ts'
import { teleum } from '../../src/providers/teleum/index.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { credentialsIn, sandboxBaseUrl, sandboxNamespace } from '../../src/sandbox/credentials.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { sandboxLine } from '../../src/sandbox/lines.ts'
import type { Trait } from '../../src/sandbox/operators/teleum-report.ts'
import { parseId } from '../../src/values/ids.ts'
import { startTestApp } from '../setup/app.ts'
import { newPhone } from '../verifications/support.ts'
import { openLive } from './live-accounts.ts'

const GATEWAY_KEY = 'a key of the gateway, for tests only, of many letters'

/** A gateway, an app that calls through it, and live verifications that simulated Teleum accounts serve. */
export async function openTeleum() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    key: GATEWAY_KEY,
    folder,
    sipAddress: '127.0.0.1',
    sipPort: null,
    allowPrivateTargets: true,
    failed: () => {},
  })
  const test = await startTestApp({ GATEWAY_URL: gateway.url, GATEWAY_KEY })
  afterAll(async () => {
    await test.stop()
    await gateway.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { client } = await openLive(test)
  let made = 0

  /** An account with a line for each of `count` numbers, at a namespace of its own. */
  async function newAccount(count = 4, settings: Record<string, unknown> = {}) {
    made += 1
    const namespace = sandboxNamespace(randomBytes(32))
    const given = credentialsIn(namespace, teleum)
    const key = given.password ?? ''
    const lines = Array.from({ length: count }, (_, i) => sandboxLine(key, `+${74_951_110_001 + i}`))
    const credentials = { ...given, lines }
    const { id, check } = await createAccount(client, {
      provider: 'teleum',
      name: `teleum ${made}`,
      base_url: sandboxBaseUrl(test.sandbox.url, 'teleum'),
      credentials,
      settings: {
        server: '127.0.0.1',
        port: Number(new URL(test.sandbox.url).port),
        domain: 'sandbox',
        ring_ms: 3_000,
        poll_first_ms: 50,
        poll_max_ms: 200,
        adopt_after_seconds: [0.2, 0.4],
        ...settings,
      },
    })
    return {
      id,
      check,
      credentials,
      namespace,
      uuid: parseId('account', id) ?? '',
      be: async (...traits: Trait[]) =>
        (
          await fetch(`${test.sandbox.url}/teleum/control/traits`, {
            method: 'PUT',
            body: JSON.stringify(traits),
            headers: { authorization: `Bearer ${key}` },
          })
        ).json(),
      fault: (mode: FaultMode) =>
        test.sandbox.faults.add(namespace, { operator: 'teleum', mode, prefix: '+' }),
      /** The calls that its lines placed, oldest first. */
      ledger: (phone?: string) => test.sandbox.calls.list(namespace, phone),
    }
  }

  /** A phone that the account serves. */
  async function phoneOf(account: { id: string }, phone = newPhone()): Promise<string> {
    await createRoute(client, { prefix: phone, channel: 'flash_call', accounts: [account.id] })
    return phone
  }

  return { test, client, newAccount, phoneOf, gateway }
}
