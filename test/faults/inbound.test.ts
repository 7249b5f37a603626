import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { type CrashingDatabase, startCrashingDatabase } from './database.ts'
import { MISHAPS, WORKER } from './mishaps.ts'
import { raiseLimits } from './operators.ts'

const COUNT = 6

describe('while numbers are shown', () => {
  let database: CrashingDatabase
  let stack: Stack
  let sql: postgres.Sql
  let phones = 0

  beforeAll(async () => {
    database = await startCrashingDatabase()
    stack = await startStack({ databaseUrl: database.url, env: { LOG_LEVEL: 'warn' } })
    await raiseLimits(stack)
    sql = postgres(database.url, { max: 2, onnotice: () => {} })
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await stack?.stop()
    await database?.stop()
  }, 60_000)

  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await stack.request(method, path, { body })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }
  const show = async (id: string) =>
    (await stack.request('GET', `/v1/verifications/${id}`).catch(() => null))?.body
  const start = async (): Promise<{ id: string; phone: string }> => {
    phones += 1
    const phone = `+79${String(phones % 90).padStart(2, '0')}${String(1_000_000 + phones * 7)}`
    return ask('POST', '/v1/verifications', { phone, channel: 'inbound_call' })
  }

  it.each(Object.keys(MISHAPS))(
    'and %s, each verification ends: approved once if its phone called, otherwise failed',
    async (name) => {
      const all = await Promise.all(Array.from({ length: COUNT }, start))
      const numbers = await Promise.all(
        all.map(({ id }) => waitFor(async () => (await show(id))?.call_to?.number, { what: 'a number' })),
      )
      const calling = all.slice(0, COUNT / 2)
      await stack.kill(WORKER, 'SIGSTOP')
      for (const [i, { phone }] of calling.entries()) {
        const call = await ask('POST', '/v1/sandbox/inbound', { from: phone, to: numbers[i] })
        expect(call.awaited).toBe(true)
      }
      await stack.kill(WORKER, 'SIGCONT')
      await MISHAPS[name]?.({ stack, database, sql })
      const ends = (some: typeof all) => Promise.all(some.map(async ({ id }) => (await show(id))?.status))
      await waitFor(async () => (await ends(calling)).every((status) => status === 'approved'), {
        timeoutMs: 40_000,
        what: 'every approval',
      })
      const rest = all.slice(COUNT / 2)
      expect(await ends(rest)).toEqual(rest.map(() => 'calling'))
      await sql`update attempts set deadline_at = now() - interval '1 ms' where ended_at is null`
      await waitFor(async () => (await ends(rest)).every((status) => status === 'failed'), {
        timeoutMs: 40_000,
        what: 'every end',
      })
      for (const { id } of all) {
        const { data, chain } = await ask('GET', `/v1/verifications/${id}/audit`)
        const types: string[] = data.map(({ type }: { type: string }) => type)
        expect(chain).toBe('intact')
        expect(types.filter((type) => type === 'attempt.status')).toHaveLength(1)
        expect(types.filter((type) => type === 'attempt.placing')).toHaveLength(1)
      }
    },
    120_000,
  )

  it('a worker that is killed while it asks for one leaves no verification without an end', async () => {
    await stack.kill(WORKER, 'SIGSTOP')
    const all = await Promise.all(Array.from({ length: COUNT }, start))
    await stack.kill(WORKER, 'SIGCONT')
    await waitFor(
      async () =>
        (await sql`select from attempts where placing_at is not null and ended_at is null`).length > 0,
      { what: 'a request', pauseMs: 1 },
    )
    await stack.kill(WORKER)
    await stack.restart(WORKER)
    await sql`update attempts set placing_at = placing_at - interval '31 s' where status = 'placing'`
    await waitFor(
      async () => {
        const shown = await Promise.all(all.map(({ id }) => show(id)))
        return shown.every((one) => one?.call_to || one?.status === 'failed')
      },
      { timeoutMs: 40_000, what: 'a number or an end' },
    )
    const [claims] = await sql<{ most: number }[]>`
      select max(n)::int as most from (select count(*) as n from audit_log where type = 'attempt.placing' group by verification_id) as each`
    expect(claims?.most).toBe(1)
  }, 120_000)
})
