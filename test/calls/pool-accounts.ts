import { randomBytes } from 'node:crypto'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { namespaceOf, sandboxBaseUrl, sandboxCredentials } from '../../src/sandbox/credentials.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { parseId } from '../../src/values/ids.ts'
import { exampleTel } from '../providers/example-tel/index.ts'
import type { TestApp } from '../setup/app.ts'
import { newPhone } from '../verifications/support.ts'
import { openLive } from './live-accounts.ts'

/** `count` numbers from +74951110000 on. */
export const block = (count: number) => [`+74951110000-${74_951_110_000 + count - 1}`]

/** Live verifications that simulated example-tel accounts with pools serve. */
export async function openPools(test: TestApp) {
  const { client } = await openLive(test)
  let made = 0

  async function newPool(
    numbers: string[],
    settings: Record<string, unknown> = {},
    provider = 'example-tel',
  ) {
    made += 1
    const credentials = sandboxCredentials(randomBytes(32), exampleTel)
    const namespace = namespaceOf(credentials.key ?? '') ?? ''
    const account = await createAccount(client, {
      provider,
      name: `pool ${made}`,
      base_url: sandboxBaseUrl(test.sandbox.url, 'example-tel'),
      credentials,
      settings: { numbers, poll_first_ms: 50, ...settings },
    })
    return {
      id: account.id,
      uuid: parseId('account', account.id) ?? '',
      check: account.check,
      ledger: (phone?: string) => test.sandbox.calls.list(namespace, phone),
      fault: (mode: FaultMode) =>
        test.sandbox.faults.add(namespace, { operator: 'example-tel', mode, prefix: '+' }),
    }
  }

  const route = (phone: string, ...accounts: { id: string }[]) =>
    createRoute(client, { prefix: phone, channel: 'flash_call', accounts: accounts.map(({ id }) => id) })

  /** A new phone that the accounts serve, in that order. */
  async function phoneOf(...accounts: { id: string }[]): Promise<string> {
    const phone = newPhone()
    await route(phone, ...accounts)
    return phone
  }

  return { client, newPool, phoneOf, route }
}
