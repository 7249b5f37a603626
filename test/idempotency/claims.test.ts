import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimKey } from '../../src/idempotency/claim.ts'
import { parseId } from '../../src/values/ids.ts'
import { createWeb } from '../../src/web.ts'
import { type Answer, clientOf, startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'

let test: TestHttp
let other: postgres.Sql
beforeAll(async () => {
  test = await startTestHttp()
  other = postgres(test.database.url, { max: 4, onnotice: () => {} })
})
afterAll(async () => {
  await other.end()
  await test.stop()
})

const price = (key: string, request = test.request) =>
  request('POST', '/v1/prices', {
    body: {
      prefix: '+7',
      per: 'attempt',
      amount: '0.5',
      currency: 'RUB',
      valid_from: '2031-01-01T00:00:00Z',
    },
    headers: { 'idempotency-key': key },
  })

const claimOf = async (key: string) =>
  (
    await other<{ runningUntil: Date; run: string }[]>`
    select running_until as "runningUntil", run from idempotency_keys where key = ${key}`
  )[0]

/** Makes requests that change the first tenant's chain wait for `release`, with all their writes. */
async function holdUp() {
  const held = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const holding = other.begin(async (tx) => {
    await tx`select from tenants where is_first for update`
    ready.resolve()
    await held.promise
  })
  await ready.promise
  return async () => {
    held.resolve()
    await holding
  }
}

const isHeldUp = (count: number) =>
  waitFor(
    async () => {
      const rows = await other`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      return rows.length >= count
    },
    { what: `${count} requests that wait` },
  )

describe('a claim', () => {
  it('of a dead process is released within seconds', async () => {
    const context = test.clientContext(parseId('tenant', test.firstTenant) ?? '', { livemode: true })
    const body = '{"name":"after a death"}'
    await claimKey(context, { key: 'dead', request: `POST\n/v1/tenants\n${body}` })
    const ask = () => test.request('POST', '/v1/tenants', { body, headers: { 'idempotency-key': 'dead' } })
    expect((await ask()).body.code).toBe('idempotency_in_progress')
    await waitFor(async () => (await ask()).status === 201, { timeoutMs: 8000, pauseMs: 200 })
  })

  it('of a living process is kept while its request runs', async () => {
    const release = await holdUp()
    const first = price('slow')
    await isHeldUp(1)
    const until = (await claimOf('slow'))?.runningUntil ?? new Date()
    await waitFor(async () => ((await claimOf('slow'))?.runningUntil ?? until) > until)
    expect((await price('slow')).body.code).toBe('idempotency_in_progress')
    await release()
    expect((await first).status).toBe(201)
    await test.app.db.sql`update prices set deleted_at = now()`
  })

  it('that was lost lets its process commit nothing more: one of two runs counts', async () => {
    const release = await holdUp()
    const frozen = price('frozen')
    await isHeldUp(1)
    // A frozen process renews no claim.
    const { run } = (await claimOf('frozen')) ?? {}
    await other`update idempotency_keys set running_until = now() where key = 'frozen'`
    const next = price('frozen', clientOf(createWeb(test.app)))
    await waitFor(async () => (await claimOf('frozen'))?.run !== run)
    await isHeldUp(2)
    await release()
    const answers: Answer[] = await Promise.all([frozen, next])
    expect(answers.map(({ status }) => status)).toEqual([409, 201])
    expect(answers[0]?.body.code).toBe('idempotency_in_progress')
    expect((await price('frozen')).text).toBe(answers[1]?.text)
    expect(await other`select from prices where deleted_at is null`).toHaveLength(1)
    await test.app.db.sql`update prices set deleted_at = now()`
  })

  it('is released by a process that stops during its request', async () => {
    const release = await holdUp()
    const http = createWeb(test.app)
    const first = price('stopped', clientOf(http))
    await isHeldUp(1)
    await http.end()
    const next = price('stopped')
    await isHeldUp(2)
    await release()
    const answers = await Promise.all([first, next])
    expect(answers.map(({ status }) => status)).toEqual([409, 201])
    await test.app.db.sql`update prices set deleted_at = now()`
  })

  it('that is lost fails alone among others in one commit', async () => {
    const context = test.clientContext(parseId('tenant', test.firstTenant) ?? '', { livemode: true })
    const start = (phone: string) => ({
      key: phone,
      request: `POST\n/v1/verifications\n{"phone":"${phone}"}`,
    })
    const phones = Array.from({ length: 8 }, (_, i) => `+7924355${7000 + i}`)
    const lost = phones[3] ?? ''
    const ask = (phone: string) =>
      test.request('POST', '/v1/verifications', {
        body: `{"phone":"${phone}"}`,
        headers: { 'idempotency-key': phone },
      })
    // Between its claim and its commit, another process takes over the claim.
    await other.unsafe(`
      create function take() returns trigger language plpgsql as $$ begin
        if new.key = '${lost}' then new.run := gen_random_uuid(); end if; return new; end $$;
      create trigger take before insert on idempotency_keys for each row execute function take()`)
    const answers = await Promise.all(phones.map(ask))
    await other`drop function take cascade`
    expect(answers.map(({ status }) => status)).toEqual(phones.map((phone) => (phone === lost ? 409 : 201)))
    expect(await other`select from verifications where phone = any(${phones})`).toHaveLength(7)
    expect((await claimKey(context, start(phones[0] ?? ''))).kind).toBe('replay')
  })
})
