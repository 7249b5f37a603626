import { randomBytes } from 'node:crypto'
import type { Channel } from '../../src/channels/channels.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { namespaceOf, sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import type { Trait } from '../../src/sandbox/operators/narayana-keys.ts'
import { parseId } from '../../src/values/ids.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { TestApp } from '../setup/app.ts'
import { newPhone } from '../verifications/support.ts'
import { openLive } from './live-accounts.ts'

/** The numbers that the simulated accounts own, enough for flash calls. */
export const OWN_NUMBERS = ['+74951110000-74951119999']

/** Live verifications that simulated Narayana accounts serve. */
export async function openNarayana(test: TestApp) {
  const { client } = await openLive(test)
  let made = 0

  async function newAccount(settings: Record<string, unknown> = {}) {
    made += 1
    const credentials = sandboxCredentials(randomBytes(32), 'narayana')
    const key = credentials.key ?? ''
    const namespace = namespaceOf(key) ?? ''
    const { id, check } = await createAccount(client, {
      provider: 'narayana',
      name: `narayana ${made}`,
      base_url: sandboxBaseUrl(test.sandbox.url, 'narayana'),
      credentials,
      settings: {
        numbers: OWN_NUMBERS,
        log_every_ms: 30,
        poll_first_ms: 50,
        adopt_after_seconds: [0.2, 0.4],
        ...settings,
      },
    })
    const control = async (path: string, init: RequestInit = {}) =>
      (
        await fetch(`${test.sandbox.url}/narayana/control/${path}`, {
          ...init,
          headers: { authorization: `Bearer ${key}` },
        })
      ).json()
    return {
      id,
      check,
      key,
      namespace,
      uuid: parseId('account', id) ?? '',
      be: (...traits: Trait[]) => control('traits', { method: 'PUT', body: JSON.stringify(traits) }),
      ban: () => control('ban') as Promise<{ banned: string[]; requests_after_ban: number }>,
      fault: (mode: FaultMode) =>
        test.sandbox.faults.add(namespace, { operator: 'narayana', mode, prefix: '+' }),
      mend: () => test.sandbox.faults.clear(namespace),
      /** The calls that it dialled, oldest first. */
      ledger: (phone?: string) => test.sandbox.calls.list(namespace, phone),
    }
  }

  /** A new phone that the accounts serve on a channel, in that order. */
  async function phoneOf(channel: Channel, ...accounts: { id: string }[]): Promise<string> {
    const phone = newPhone()
    await createRoute(client, { prefix: phone, channel, accounts: accounts.map(({ id }) => id) })
    return phone
  }

  return { client, newAccount, phoneOf }
}

export type NarayanaAccount = Awaited<ReturnType<Awaited<ReturnType<typeof openNarayana>>['newAccount']>>
