import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { parseId } from '../../src/values/ids.ts'
import { openLive } from '../calls/live-accounts.ts'
import { exampleTel } from '../providers/example-tel/index.ts'
import { rawOperator } from '../providers/raw-operator.ts'
import { oneMore } from '../providers/registry.ts'
import type { TestApp } from '../setup/app.ts'
import { begin, jobOf, newPhone } from '../verifications/support.ts'

/** example-tel, and an operator like it that bans our address after a request with a wrong key. */
export const withBans = {
  providers: { 'ban-tel': { ...exampleTel, name: 'ban-tel', stopShared: true }, ...oneMore.providers },
  simulators: oneMore.simulators,
}

/** An operator that rejects the keys in `wrong`, and keeps its placed calls open. */
export async function keyedOperator() {
  const wrong = new Set<string>()
  const held = { silent: false }
  const operator = await rawOperator(({ method, path, headers }) => {
    if (held.silent) return
    const key = (headers.authorization ?? '').replace('Bearer ', '')
    if (wrong.has(key))
      return { status: 401, body: JSON.stringify({ success: false, error: 'Unauthorized' }) }
    const data = path.endsWith('/balance')
      ? { balance: 5 }
      : method === 'POST'
        ? { id: '77', code: '2371' }
        : path.endsWith('/calls')
          ? []
          : { id: '77', state: 'open' }
    return { status: 200, body: JSON.stringify({ success: true, data }) }
  })
  return { ...operator, wrong, held }
}

/** Accounts at operators of the test's making, for live verifications. */
export async function openKeyed(test: TestApp) {
  const { client } = await openLive(test)
  const admin = { ...client, actor: { ...client.actor, scopes: ['admin', 'verify', 'read'] as const } }
  let made = 0

  async function add(provider: string, base_url: string, key: string, check: 'try' | 'require' = 'try') {
    made += 1
    const input = {
      provider,
      name: `${provider} ${made}`,
      base_url,
      credentials: { key },
      settings: {},
      check,
    }
    const account = await createAccount(admin, input)
    return { ...account, uuid: parseId('account', account.id) ?? '', key }
  }

  /** Starts a verification that these accounts serve; `job` names its call. */
  async function beginAt(...accounts: { id: string }[]) {
    const phone = newPhone()
    await createRoute(admin, { prefix: phone, channel: 'flash_call', accounts: accounts.map(({ id }) => id) })
    const { id } = await begin(client, { phone })
    return { id, phone, job: await jobOf(test, id) }
  }

  return { client: admin, add, beginAt }
}
