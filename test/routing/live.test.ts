import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { freePort } from '../setup/ports.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'

/** Short timeouts and pauses, for tests. */
const SETTINGS = {
  request_timeout_ms: 2000,
  adopt_after_seconds: [0.2, 0.4],
  poll_first_ms: 200,
  poll_max_ms: 500,
}

describe('two accounts on one route', () => {
  let database: TestDatabase
  let stack: Stack

  beforeAll(async () => {
    database = await createTestDatabase()
    stack = await startStack({ databaseUrl: database.url })
    const limits = { starts_per_prefix_hour: null, conversion_guard: null }
    await admin('PATCH', '/v1/policies', limits)
  })
  afterAll(async () => {
    await stack.stop()
    await database.drop()
  })

  async function admin(method: string, path: string, body?: unknown) {
    const answer = await stack.request(method, path, { key: stack.adminKey, body })
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.body
  }

  /** An account at the simulated telefon-ip, in a namespace of its own, with faults of the test's choice. */
  async function newAccount(name: string) {
    const { token } = sandboxCredentials(randomBytes(32), 'telefon-ip') as { token: string }
    const account = await admin('POST', '/v1/provider-accounts', {
      provider: 'telefon-ip',
      name,
      base_url: sandboxBaseUrl(stack.sandboxUrl, 'telefon-ip'),
      credentials: { token },
      settings: SETTINGS,
    })
    const control = (method: string, path: string, body?: unknown) =>
      fetch(`${stack.sandboxUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    return {
      id: account.id as string,
      fault: (mode: string, prefix = '+') =>
        control('POST', '/faults', { operator: 'telefon-ip', mode, prefix }),
      mend: () => control('DELETE', '/faults'),
      ledger: async () =>
        ((await (await control('GET', '/ledger')).json()) as { data: { phone: string }[] }).data,
      health: () => admin('GET', `/v1/provider-accounts/${account.id}/health`),
    }
  }

  it('are checked with a harmless request, and a failure shows in the status', async () => {
    const { id } = await newAccount('to be tried')
    const path = `/v1/provider-accounts/${id}`
    const tried = () => stack.request('POST', `${path}/check`, { key: stack.adminKey })
    expect(await tried()).toMatchObject({ status: 200, body: { ok: true, balance: { currency: 'RUB' } } })
    const credentials = { token: 'nobody-knows-this-token' }
    await admin('PATCH', path, { credentials })
    const wrong = await tried()
    expect(wrong).toMatchObject({ status: 409, body: { code: 'conflict', reason: 'unauthorized' } })
    expect(wrong.text).not.toContain('nobody-knows')
    await admin('PATCH', path, { credentials, base_url: `http://127.0.0.1:${await freePort()}` })
    const gone = await tried()
    expect(gone).toMatchObject({ status: 409, body: { reason: 'unreachable' } })
  })

  async function newRoute(prefix: string) {
    const first = await newAccount(`first for ${prefix}`)
    const second = await newAccount(`second for ${prefix}`)
    await admin('POST', '/v1/routes', { prefix, channel: 'flash_call', accounts: [first.id, second.id] })
    return { first, second }
  }

  async function call(phone: string): Promise<string> {
    return (await admin('POST', '/v1/verifications', { phone })).id
  }

  const ended = (id: string) =>
    waitFor(
      async () => {
        const verification = await admin('GET', `/v1/verifications/${id}`)
        return ['pending', 'calling'].includes(verification.status) ? null : verification
      },
      { timeoutMs: 25_000 },
    )

  const phones = (prefix: string, count: number) =>
    Array.from(
      { length: count },
      (_, i) => `${prefix}${String(1_000_000 + i * 3).slice(-(12 - prefix.length))}`,
    )

  async function callAll(numbers: string[]): Promise<void> {
    for (let i = 0; i < numbers.length; i += 5) {
      const ids = await Promise.all(numbers.slice(i, i + 5).map(call))
      await Promise.all(ids.map(ended))
    }
  }

  it('lose no verification when one fails under load; its breaker opens, and closes on recovery', async () => {
    const { first, second } = await newRoute('+7921')
    await first.fault('down')
    const ids = await Promise.all(phones('+7921', 60).map(call))
    for (const id of ids) expect((await ended(id)).status).toBe('delivered')
    expect((await first.health()).breaker.state).not.toBe('closed')
    expect(await second.ledger()).toHaveLength(60)

    await first.mend()
    const closed = await waitFor(
      async () => {
        await call(`+792199${String(Math.floor(performance.now())).slice(-5).padStart(5, '0')}`)
        return (await first.health()).breaker.state === 'closed'
      },
      { timeoutMs: 28_000, what: 'the breaker to close' },
    )
    expect(closed).toBe(true)
    const events = await eventsOf('account.breaker_opened', 'account.breaker_closed')
    expect(events).toEqual(expect.arrayContaining(['account.breaker_opened', 'account.breaker_closed']))
  }, 90_000)

  it('swap places for a prefix that the first stopped delivering to, and only there', async () => {
    const { first, second } = await newRoute('+792')
    await first.fault('unreachable', '+7926')
    await callAll(phones('+7926', 30))
    const [health, calls] = [await first.health(), await first.ledger()]
    expect(health.prefixes).toEqual([
      expect.objectContaining({ prefix: '+7926', demoted_at: expect.any(String) }),
    ])
    // From then on the other leads; the first still gets a few calls, to notice its recovery.
    const before = (await second.ledger()).length
    await callAll(phones('+79262', 20))
    expect((await second.ledger()).length - before).toBe(20)
    expect((await first.ledger()).length - calls.length).toBeLessThanOrEqual(10)
    await callAll(phones('+7927', 5))
    expect((await first.ledger()).filter(({ phone }) => phone.includes('927')).length).toBe(5)
    expect(await eventsOf('account.demoted')).toEqual(['account.demoted'])
  }, 120_000)

  async function eventsOf(...types: string[]): Promise<string[]> {
    const { default: postgres } = await import('postgres')
    const sql = postgres(database.url, { max: 1 })
    const rows = await sql<{ type: string }[]>`
      select distinct type from audit_log where verification_id is null and type = any(${types})`
    await sql.end()
    return rows.map((row) => row.type)
  }
})
