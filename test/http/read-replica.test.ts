import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readFailureOf } from '../../src/db/read-failures.ts'
import { createReaders } from '../../src/db/readers.ts'
import { troubleOfReplica } from '../../src/db/replica.ts'
import { toAppError } from '../../src/exchange/problem.ts'
import { createVisitor, pairs } from '../console/visitor.ts'
import { type Replicated, startReplicated } from '../setup/replica.ts'
import { waitFor } from '../setup/wait.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from './client.ts'

let databases: Replicated
let test: TestHttp
let key: string
beforeAll(async () => {
  databases = await startReplicated()
  test = await startTestHttp({ DATABASE_URL: databases.url, DATABASE_READ_URL: databases.readUrl })
  key = (await test.newKey()).secret
  await databases.catchUp()
})
afterAll(async () => {
  await test?.stop()
  await databases?.stop()
})

let phones = 0
const newPhone = () => {
  phones += 1
  return `+7924${200 + (phones % 600)}${7300 + Math.floor(phones / 600)}`
}
const get = (path: string, as = key) => test.request('GET', path, { key: as })
async function start(): Promise<string> {
  const { status, body } = await test.request('POST', '/v1/verifications', {
    key,
    body: { phone: newPhone() },
  })
  expect(status).toBe(201)
  return body.id
}
const listed = async () => (await get('/v1/verifications')).body.data.map(({ id }: { id: string }) => id)
const figure = async (name: string) => {
  const { text } = await get('/metrics')
  const found = new RegExp(`^ringproof_read_replica_${name} (.+)$`, 'm').exec(text)?.[1]
  return found === undefined ? null : Number(found)
}

async function pause(): Promise<void> {
  const { replica } = databases
  await replica`select pg_wal_replay_pause()`
  await waitFor(
    async () => (await replica`select pg_get_wal_replay_pause_state() as state`)[0]?.state === 'paused',
    { what: 'the replay to pause' },
  )
}
const resume = () => databases.replica`select pg_wal_replay_resume()`

describe('while the replica lags', () => {
  afterEach(async () => {
    await resume()
    await databases.catchUp()
  })

  it('a list shows what is replayed; a read by id, and its audit, what is written', async () => {
    const before = await start()
    await databases.catchUp()
    await pause()
    const after = await start()
    const ids = await listed()
    expect([ids.includes(before), ids.includes(after)]).toEqual([true, false])
    expect((await get(`/v1/verifications/${after}`)).status).toBe(200)
    expect((await get(`/v1/verifications/${after}/audit`)).body.data.length).toBeGreaterThan(0)
    expect(await figure('lag_seconds')).toBeGreaterThan(0)
    expect(await figure('up')).toBe(1)
    await resume()
    await databases.catchUp()
    expect(await listed()).toContain(after)
    await waitFor(async () => (await figure('lag_seconds')) === 0)
  })

  it('lists of what people make show the last change', async () => {
    await pause()
    const phone = newPhone()
    const blocked = await test.request('PUT', `/v1/phones/${encodeURIComponent(phone)}/standing`, {
      body: { standing: 'blocked' },
    })
    expect(blocked.status).toBe(200)
    expect((await get('/v1/phones', ADMIN_KEY)).text).toContain(phone)
    const erased = await test.request('POST', '/v1/erasures', { body: { phone } })
    expect((await get('/v1/erasures', ADMIN_KEY)).text).toContain(erased.body.id)
  })

  it('after a form, the console shows what is written; without one, what is replayed', async () => {
    const { visit, logIn } = createVisitor(test)
    const session = pairs((await logIn(key)).cookies)
    await pause()
    const id = await start()
    const { csrf } = await visit('/console', { cookie: session })
    const submitted = await visit('/console/try', { cookie: session, form: { csrf, phone: newPhone() } })
    const written = submitted.cookies.find((one) => one.startsWith('ringproof_written='))
    expect(written).toMatch(/; Max-Age=10;/)
    const shows = async (cookie: string) =>
      (await visit('/console/verifications', { cookie })).text.includes(id)
    expect([await shows(session), await shows(`${session}; ringproof_written=1`)]).toEqual([false, true])
  })
})

describe('while the replica is gone', () => {
  it('large reads say so, and nothing else notices', async () => {
    const id = await start()
    await databases.kill()
    for (const path of [
      '/v1/verifications',
      '/v1/audit',
      '/v1/billing/summary',
      '/v1/verifications?phone_ends=1234',
    ]) {
      const { status, body, headers } = await get(path, ADMIN_KEY)
      expect([path, status, body.code, headers.get('retry-after')]).toEqual([path, 503, 'unavailable', '2'])
      expect(body.detail).toContain('The read replica is unreachable')
    }
    expect(await figure('up')).toBe(0)
    expect(await figure('lag_seconds')).toBeNull()
    expect((await get('/readyz')).status).toBe(200)
    expect((await get(`/v1/verifications/${await start()}`)).status).toBe(200)
    const path = `/v1/verifications/${id}/confirm`
    expect((await test.request('POST', path, { key, body: { code: '0000' } })).status).not.toBe(503)
    expect((await get('/v1/erasures', ADMIN_KEY)).status).toBe(200)
    await databases.start()
    await waitFor(async () => (await get('/v1/verifications')).status === 200)
  })

  it('an export under way is cut off, and its cursor resumes it', async () => {
    for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 50 }, start))
    await databases.catchUp()
    const ask = async (cursor = '') => {
      const headers = { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' }
      return test.http.request(`/v1/audit${cursor && `?cursor=${cursor}`}`, { headers })
    }
    const idsIn = (text: string) => [...text.matchAll(/^\{"id":"(evt_[0-9a-f]+)".*\}$/gm)].map(([, id]) => id)
    const all = idsIn(await (await ask()).text())
    const cut = (await ask()).body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await cut?.read())?.value ?? ''
    await databases.kill()
    await expect(
      (async () => {
        for (;;) {
          const { value, done } = (await cut?.read()) ?? {}
          if (done) return
          text += value
        }
      })(),
    ).rejects.toThrow()
    await databases.start()
    await waitFor(async () => (await get('/v1/audit?limit=1')).status === 200)
    const got = idsIn(text)
    expect(got.length).toBeLessThan(all.length)
    expect([...got, ...idsIn(await (await ask(got.at(-1))).text())]).toEqual(all)
  })
})

it('a read that the replica cancels to go on replaying is answered 503', async () => {
  const readers = createReaders(databases.readUrl, { isReplica: true, statementMs: 30_000 })
  const { sql } = readers.of('somebody')
  const read = sql`select pg_sleep(30) from tenants`.then(
    () => null,
    (error: unknown) => error,
  )
  await waitFor(
    async () =>
      (
        await databases.replica`
          select from pg_stat_activity where query like '%pg_sleep%' and wait_event = 'PgSleep'`
      ).length > 0,
    { what: 'the read to begin' },
  )
  await databases.primary.begin((tx) => tx`lock table tenants in access exclusive mode`)
  const error = await read
  await readers.close()
  expect(readFailureOf(error)).toBe('conflict')
  const { status, options } = toAppError(error, test.app.log, 'req_test')
  expect([status, options.retryAfterSeconds]).toEqual([503, 2])
})

describe('at the start', () => {
  it('a replica that cannot be used is named, without its password', async () => {
    const trouble = (change: (url: URL) => void) => {
      const url = new URL(databases.readUrl)
      change(url)
      return troubleOfReplica(url.href, test.app.db)
    }
    expect(await trouble(() => {})).toBeNull()
    const wrong = await trouble((url) => {
      url.password = 'hidden'
    })
    expect(wrong).toMatch(/^DATABASE_READ_URL: PostgreSQL at 127\.0\.0\.1:\d+ rejected the password of user/)
    expect(wrong).not.toContain('hidden')
    expect(
      await trouble((url) => {
        url.port = '1'
      }),
    ).toMatch(/^DATABASE_READ_URL: PostgreSQL at 127\.0\.0\.1:1 refuses connections/)
  })

  it('so is the database of another installation', async () => {
    const { url } = test.database
    const other = postgres(url, { max: 1 })
    await other`insert into tenants (id, name, is_first) values (gen_random_uuid(), 'other', true)`
    await other.end()
    expect(await troubleOfReplica(url, test.app.db)).toMatch(/^DATABASE_READ_URL: .*another installation/)
  })
})
