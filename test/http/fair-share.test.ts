import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReaders } from '../../src/db/readers.ts'
import { createWeb } from '../../src/web.ts'
import { waitFor } from '../setup/wait.ts'
import { type Answer, clientOf, startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
let quiet: string
beforeAll(async () => {
  test = await startTestHttp()
  const tenant = (await test.request('POST', '/v1/tenants', { body: { name: 'quiet' } })).body.id
  quiet = (await test.newKey({ tenant, scopes: ['verify', 'read', 'billing'] })).secret
})
afterAll(() => test.stop())

/** Runs `work` while no row of the table can be read. */
async function withLocked(table: string, work: () => Promise<void>): Promise<void> {
  const sql = postgres(test.database.url, { max: 1, onnotice: () => {} })
  try {
    await sql.begin(async (tx) => {
      await tx.unsafe(`lock table ${table} in access exclusive mode`)
      await work()
    })
  } finally {
    await sql.end()
  }
}

const busyReaders = async () => {
  const [row] = await test.app.db.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like '%readers' and wait_event_type = 'Lock'`
  return row?.count ?? 0
}

describe('while one tenant sends too many reads', () => {
  it('another tenant’s starts and reads succeed, and the process stays ready', async () => {
    let asked: Promise<Answer[]> = Promise.resolve([])
    await withLocked('erasures', async () => {
      asked = Promise.all(Array.from({ length: 32 }, () => test.request('GET', '/v1/erasures')))
      await waitFor(async () => (await busyReaders()) === 2, {
        what: 'the reads that one tenant may run at a time',
      })
      const start = (i: number) =>
        test.request('POST', '/v1/verifications', { key: quiet, body: { phone: `+7924355${6100 + i}` } })
      const starts = await Promise.all(Array.from({ length: 40 }, (_, i) => start(i)))
      expect(starts.map(({ status }) => status)).toEqual(starts.map(() => 201))
      for (const path of [
        '/v1/verifications',
        '/v1/audit?status=expired&type=check.right',
        '/v1/billing/summary',
      ]) {
        const { status } = await test.request('GET', path, { key: quiet })
        expect([path, status]).toEqual([path, 200])
      }
      expect((await test.request('GET', '/readyz')).status).toBe(200)
    })
    expect((await asked).map(({ status }) => status)).toEqual(Array(32).fill(200))
  })

  it('its excess reads are refused at once, and all is well afterwards', async () => {
    const answers: Answer[] = []
    let asked: Promise<unknown> = Promise.resolve()
    await withLocked('erasures', async () => {
      const ask = () => test.request('GET', '/v1/erasures').then((answer) => answers.push(answer))
      asked = Promise.all(Array.from({ length: 45 }, ask))
      await waitFor(() => answers.length === 11, { what: 'the excess reads to be refused' })
      for (const { status, body, headers } of answers) {
        expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'too_many_requests', '1'])
      }
    })
    await asked
    expect(answers.slice(11).map(({ status }) => status)).toEqual(Array(34).fill(200))
  })

  it('a read of too many rows is cancelled, and the answer says how to narrow it', async () => {
    const readers = createReaders(test.database.url, { statementMs: 100 })
    const request = clientOf(createWeb({ ...test.app, readers }))
    await withLocked('attempts', async () => {
      const { status, body, headers } = await request('GET', '/v1/billing/summary', { key: quiet })
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '5'])
      expect(body.detail).toContain('a shorter span (from, to)')
    })
    expect((await request('GET', '/v1/billing/summary', { key: quiet })).status).toBe(200)
    for (const [path, table] of [
      ['/v1/billing/records', 'attempts'],
      ['/v1/billing/statements?month=2026-01', 'ledger_balances'],
    ] as const) {
      await withLocked(table, async () => {
        const { status, body } = await request('GET', path, { key: quiet, headers: { accept: 'text/csv' } })
        expect([path, status, body?.code]).toEqual([path, 503, 'unavailable'])
      })
    }
    await readers.close()
  })
})

it('exports of one tenant that must wait arrive complete', async () => {
  const headers = { accept: 'text/csv' }
  const ask = () => test.request('GET', '/v1/billing/statements?month=2026-01', { headers })
  const answers = await Promise.all(Array.from({ length: 60 }, ask))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text.split('\r\n').at(-2)}`)).size).toBe(1)
  expect(answers[0]?.text).toContain('closing')
})

describe('a reading connection', () => {
  it('cannot write', async () => {
    const { sql } = test.app.readers.of('somebody')
    await expect(sql`insert into tenants (id, name) values (gen_random_uuid(), 'x')`).rejects.toMatchObject({
      code: '25006',
    })
  })
})

it('open files of one tenant leave some for the others', async () => {
  const http = createWeb(test.app, { streamsMost: 6 })
  const open = async (key: string) => {
    const headers = { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' }
    const { status, body } = await http.request('/v1/audit', { headers })
    const reader = body?.getReader()
    await reader?.read()
    return { status, close: () => reader?.cancel() }
  }
  const { secret: loud } = await test.newKey()
  const files = []
  for (let i = 0; i < 7; i++) files.push(await open(loud))
  expect(files.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 503, 503])
  for (const { close } of files) await close()
  expect((await open(quiet)).status).toBe(200)
})
