import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
let admin: postgres.Sql
let name: string
beforeAll(async () => {
  test = await startTestHttp()
  admin = postgres(test.database.url, { max: 1, onnotice: () => {} })
  name = new URL(test.database.url).pathname.slice(1)
  await admin`set default_transaction_read_only = off`
})
afterEach(async () => {
  await admin`drop trigger if exists refuse on verifications`
  await admin.unsafe(`alter database ${name} reset default_transaction_read_only`)
})
afterAll(async () => {
  await admin.end()
  await test.stop()
})

/** Makes PostgreSQL fail every start with this error code. */
async function refuseWith(code: string): Promise<void> {
  await admin.unsafe(`
    create or replace function refuse() returns trigger language plpgsql as $$
    begin raise exception 'no' using errcode = '${code}'; end $$;
    create trigger refuse before insert or update on verifications execute function refuse()`)
}

let phones = 0
const start = () =>
  test.request('POST', '/v1/verifications', { body: { phone: `+79243556${100 + phones++}` } })
const ready = async () => {
  const { status, body } = await test.request('GET', '/readyz', { key: null })
  return status === 200 ? 'ready' : body.down
}

describe('a database that cannot execute statements is an outage', () => {
  it.each([
    ['disk full', '53100'],
    ['out of memory', '53200'],
    ['a limit of its configuration', '53400'],
    ['an error of its disk', '58030'],
    ['a deadlock', '40P01'],
    ['a serialization failure', '40001'],
    ['a statement that took too long', '57014'],
    ['a transaction that had failed before', '25P02'],
    ['a restart', '57P01'],
    ['recovery', '57P03'],
  ])('%s: 503 with the time to come back, and nothing was begun', async (_, code) => {
    await refuseWith(code)
    const { status, body, headers } = await start()
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '2'])
    await admin`drop trigger refuse on verifications`
    expect((await start()).status).toBe(201)
  })

  it('with a full disk shows in readiness, loses nothing, and recovers by itself', async () => {
    await waitFor(async () => (await ready()) === 'ready')
    const { body } = await start()
    await refuseWith('53100')
    expect((await test.request('POST', `/v1/verifications/${body.id}/cancel`)).status).toBe(503)
    expect(await ready()).toEqual(['database'])
    expect((await test.request('GET', `/v1/verifications/${body.id}`)).body.status).toBe('pending')
    await admin`drop trigger refuse on verifications`
    await waitFor(async () => (await ready()) === 'ready')
    expect((await test.request('POST', `/v1/verifications/${body.id}/cancel`)).body.status).toBe('cancelled')
  })

  it('in read-only mode shows in readiness, answers reads, and recovers by itself', async () => {
    const { body } = await start()
    await admin.unsafe(`alter database ${name} set default_transaction_read_only = on`)
    await admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'ringproof%'`
    await waitFor(async () => (await start()).status === 503)
    expect(await ready()).toEqual(['database'])
    const read = () => test.request('GET', `/v1/verifications/${body.id}`)
    await waitFor(async () => (await read()).status === 200)
    await admin.unsafe(`alter database ${name} reset default_transaction_read_only`)
    await waitFor(async () => (await start()).status === 201)
    await waitFor(async () => (await ready()) === 'ready')
  })
})
