import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxCalls } from '../../src/calls/sandbox-calls.ts'
import type { ClientContext } from '../../src/context.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { sandboxBaseUrl, sandboxCredentials } from '../../src/sandbox/credentials.ts'
import { createSecrets } from '../../src/secrets.ts'
import { createTenant } from '../../src/tenants/create.ts'
import { completeSandboxAccounts } from '../../src/tenants/sandbox-accounts.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { runToTheEnd } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, stored } from '../verifications/support.ts'
import { exampleTel } from './example-tel/index.ts'
import { oneMore } from './registry.ts'

const OLD_KEY = randomBytes(32)

describe('an operator added as a folder and a line in each registry', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await startTestApp({ SECRET_KEY_OLD: OLD_KEY.toString('base64') }, oneMore)
  })
  afterAll(() => test.stop())

  /**
   * Starts a verification and lets it ring. Returns the operators that called and the calls that the handset
   * saw.
   */
  async function ring(client: ClientContext, phone: string) {
    const { id } = await begin(client, { phone })
    await runToTheEnd(test, id)
    const { calls } = await stored(test, id)
    const { data } = await sandboxCalls(client, { phone })
    return { id, operators: calls.map((call) => call.provider), seen: data }
  }

  it('calls for test keys, with a right code', async () => {
    const client = await test.newTenant()
    const { id, operators, seen } = await ring(client, '+79243555100')
    expect(operators).toEqual(['example-tel'])
    const code = seen[0]?.from.slice(-4) ?? ''
    expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
  })

  it('is followed by the others if it refuses', async () => {
    const { operators } = await ring(await test.newTenant(), '+79000000110')
    expect(operators).toEqual(['example-tel', 'telefon-ip'])
  })

  it('calls for tenants older than it, even after a SECRET_KEY rotation', async () => {
    const [db, old] = [test.app.db, createSecrets(OLD_KEY)]
    const { 'example-tel': _, ...before } = oneMore.providers
    const tenant = await createTenant({ db, secrets: old, providers: before }, { name: 'older' })
    const client = test.clientContext(tenant?.id ?? '')
    const phones: string[] = []
    const rung = async () => {
      phones.push(`+7924355${5100 + phones.length}`)
      return (await ring(client, phones.at(-1) ?? '')).operators
    }
    expect(await rung()).toEqual(['telefon-ip'])
    await Promise.all(Array.from({ length: 8 }, () => completeSandboxAccounts(test.app)))
    test.passTime(1_000)
    expect(await rung()).toEqual(['example-tel'])
    const { data: seen } = await sandboxCalls(client, {})
    expect(seen.map(({ to }) => to)).toEqual(phones.toReversed())
    await completeSandboxAccounts(test.app)
    const accounts = await db.sql`
      select provider from provider_accounts where sandbox_tenant_id = ${tenant?.id ?? ''} order by provider`
    expect(accounts.map(({ provider }) => provider)).toEqual([
      'example-tel',
      'narayana',
      'new-tel',
      'sip',
      'telefon-ip',
      'teleum',
    ])
  })

  it('accepts accounts, and checks their credentials', async () => {
    const credentials = sandboxCredentials(randomBytes(32), exampleTel)
    const account = {
      provider: 'example-tel',
      base_url: sandboxBaseUrl(test.sandbox.url, 'example-tel'),
      settings: {},
    }
    const first = await createTenant(test.app, { name: 'first', isFirst: true })
    const admin = test.clientContext(first?.id ?? '', { livemode: true, scopes: ['admin'] })
    const right = await createAccount(admin, { ...account, name: 'right', credentials })
    const wrong = await createAccount(admin, {
      ...account,
      name: 'wrong',
      credentials: { key: 'a wrong key' },
    })
    expect([right.check.ok, wrong.check.ok]).toEqual([true, false])
    expect(right.settings).toMatchObject({ request_timeout_ms: 12_000 })
  })
})
