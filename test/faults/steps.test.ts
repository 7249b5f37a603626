import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { type CrashingDatabase, startCrashingDatabase } from './database.ts'
import { MISHAPS, WORKER } from './mishaps.ts'
import { admin, newAccount, newRoute, type OperatorAccount, raiseLimits, routeOf } from './operators.ts'
import { judge } from './verdict.ts'

const COUNT = 6
const flash = { channel: 'flash_call', wait_seconds: 15 } as const
const WORKFLOW = [flash, { ...flash, channel: 'voice' }, { ...flash, channel: 'sms' }]

describe('when a step is due', () => {
  let database: CrashingDatabase
  let stack: Stack
  let sql: postgres.Sql
  const accounts: OperatorAccount[] = []
  let phones = 0

  beforeAll(async () => {
    database = await startCrashingDatabase()
    stack = await startStack({ databaseUrl: database.url, env: { LOG_LEVEL: 'warn' } })
    await raiseLimits(stack)
    await admin(stack, 'PATCH', '/v1/policies', { phone_pause_seconds: null })
    for (const name of ['one', 'other']) {
      accounts.push(await newAccount(stack, 'telefon-ip', { name, settings: { breaker: false } }))
    }
    await newRoute(stack, '+79', ...accounts)
    await routeOf(stack, 'sms', '+79', ...accounts)
    sql = postgres(database.url, { max: 2, onnotice: () => {} })
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await stack?.stop()
    await database?.stop()
  }, 60_000)

  const query = <T>(read: () => Promise<T>) =>
    waitFor(async () => ({ value: await read() }), { timeoutMs: 20_000, what: 'the database' }).then(
      ({ value }) => value,
    )

  const start = async (): Promise<string> => {
    phones += 1
    const phone = `+79${String(phones % 90).padStart(2, '0')}${String(1_000_000 + phones * 7)}`
    return (await admin(stack, 'POST', '/v1/verifications', { phone, workflow: WORKFLOW })).id
  }

  it.each(Object.keys(MISHAPS))(
    'and %s, it begins once, no attempt rings or sends twice, and every verification ends',
    async (name) => {
      const known = await Promise.all(Array.from({ length: COUNT }, start))
      const rung = () => sql`select from verifications where status = 'delivered' and step = 0`
      await waitFor(async () => (await rung()).length === COUNT, { timeoutMs: 30_000, what: 'every call' })
      await stack.kill(WORKER, 'SIGSTOP')
      await sql`
      with moved as (update verifications set next_at = now() - interval '1 ms' where next_at is not null returning id, next_at)
      update live_verifications l set next_at = moved.next_at from moved where moved.id = l.verification_id`
      await stack.kill(WORKER, 'SIGCONT')
      await MISHAPS[name]?.({ stack, database, sql })
      const begun = () =>
        sql<{ begun: number; skipped: number; calls: number }[]>`
          select (select count(*)::int from audit_log where verification_id = v.id and type = 'step.begun') as begun,
            (select count(*)::int from audit_log where verification_id = v.id and type = 'step.skipped') as skipped,
            (select count(*)::int from attempts where verification_id = v.id and step = 2 and channel = 'sms') as calls
          from verifications v where step = 2 and completed_at is null`
      const all = await waitFor(
        async () => {
          const rows = await query(begun)
          return rows.length === COUNT ? [...rows] : null
        },
        { timeoutMs: 40_000, what: 'the next step of every verification' },
      )
      expect(all).toEqual(Array(COUNT).fill({ begun: 1, skipped: 1, calls: 1 }))
      const { problems, statuses } = await judge(stack, database.url, accounts, known)
      expect(problems).toEqual([])
      expect(Object.keys(statuses)).toEqual(['approved'])
    },
    120_000,
  )
})
