import { connect } from 'node:net'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { ADMIN_KEY, type Answer, startTestHttp, type TestHttp } from './client.ts'
import { type Listening, listen } from './listen.ts'

const PLACES = 20
/** The places that a tenant alone gets. */
const MOST = 17
/** The key look-ups at a time: one place stays free. */
const KEYS = 19

let test: TestHttp
let server: Listening
let port: number
beforeAll(async () => {
  test = await startTestHttp({}, { requestsMost: PLACES })
  server = await listen(test)
  port = server.port
})
afterAll(async () => {
  await server.close()
  await test.stop()
})

/** Runs `work` while no verification can be stored. */
async function withStuckDatabase(work: () => Promise<void>): Promise<void> {
  const sql = postgres(test.database.url, { max: 1, onnotice: () => {} })
  try {
    await sql.begin(async (tx) => {
      await tx`lock table verifications in exclusive mode`
      await work()
    })
  } finally {
    await sql.end()
  }
}

/** Whether starts wait for the database; their keys are known by then. */
async function isStuck(): Promise<boolean> {
  const [row] = await test.app.db.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return (row?.count ?? 0) > 0
}

const start = (i: number) =>
  test.request('POST', '/v1/verifications', { body: { phone: `+7924355${5200 + i}` } })

const shed = async () => Number(/^ringproof_shed_requests_total (\d+)/m.exec(await metrics())?.[1])
const metrics = async () => (await test.request('GET', '/metrics', { key: null })).text

describe('more requests than there are places for', () => {
  it('are refused at once with Retry-After, while the admitted ones all succeed', async () => {
    const before = await shed()
    const answers: Answer[] = []
    let starts: Promise<unknown> = Promise.resolve()
    await withStuckDatabase(async () => {
      starts = Promise.all(
        Array.from({ length: 40 }, (_, i) => start(i).then((answer) => answers.push(answer))),
      )
      await waitFor(() => answers.length === 40 - MOST, { what: 'all but the admitted requests' })
      for (const answer of answers) {
        expect([answer.status, answer.body.code]).toEqual([503, 'unavailable'])
        expect(answer.headers.get('retry-after')).toBe('1')
        expect(answer.headers.get('x-request-id')).toBe(answer.body.request_id)
      }
    })
    await starts
    expect(answers.slice(-MOST).map(({ status }) => status)).toEqual(Array(MOST).fill(201))
    expect((await shed()) - before).toBe(40 - MOST)
    expect((await start(100)).status).toBe(201)
  })

  it('are refused before their bodies are read, while another tenant and the health checks are answered', async () => {
    const tenant = (await test.request('POST', '/v1/tenants', { body: { name: 'quiet' } })).body.id
    const { secret: quiet } = await test.newKey({ tenant })
    let starts: Promise<Answer[]> = Promise.resolve([])
    await withStuckDatabase(async () => {
      starts = Promise.all(Array.from({ length: MOST }, (_, i) => start(200 + i)))
      await waitFor(isStuck, { what: 'starts to take their places' })
      const noJson = await test.request('POST', '/v1/verifications', { body: '{' })
      expect(noJson.status).toBe(503)
      const read = () => test.request('GET', '/v1/verifications', { key: quiet })
      const reads = await Promise.all([read(), read()])
      expect(reads.map(({ status }) => status)).toEqual([200, 200])
      for (const path of ['/healthz', '/readyz', '/metrics']) {
        expect((await test.request('GET', path, { key: null })).status).toBe(200)
      }
    })
    expect((await starts).map(({ status }) => status)).toEqual(Array(MOST).fill(201))
  })

  it('are limited while their keys are looked up: the others are refused before any look-up', async () => {
    const sql = postgres(test.database.url, { max: 1, onnotice: () => {} })
    const statuses: number[] = []
    let asked: Promise<unknown> = Promise.resolve()
    await sql.begin(async (tx) => {
      await tx`lock table api_keys in access exclusive mode`
      const wrongKey = (i: number) => `rp_live_${String(i).padStart(40, 'B')}`
      const ask = (i: number) => test.request('GET', '/v1/policies', { key: wrongKey(i) })
      asked = Promise.all(
        Array.from({ length: 40 }, (_, i) => ask(i).then(({ status }) => statuses.push(status))),
      )
      await waitFor(() => statuses.length === 40 - KEYS, { what: 'all but the admitted requests' })
      expect(new Set(statuses)).toEqual(new Set([503]))
    })
    await asked
    await sql.end()
    expect(statuses.slice(-KEYS)).toEqual(Array(KEYS).fill(401))
  })
})

it('slow bodies keep no other request out, and are served once complete', async () => {
  const isServed = async () => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const response = await fetch(`http://127.0.0.1:${port}/v1/verifications?limit=1`, { headers })
    await response.text()
    return response.status === 200
  }
  const slow: ReturnType<typeof sendHalf>[] = []
  for (let i = 0; i < PLACES + 5; i++) {
    slow.push(sendHalf(`{"phone":"+7924355${5500 + i}"}`))
    await waitFor(isServed, { what: 'another request to be served' })
  }
  for (const { sendRest } of slow) sendRest()
  for (const { answer } of slow) await waitFor(answer, { what: 'an answer' })
  expect(slow.map(({ answer }) => answer().split('\r\n')[0])).toEqual(slow.map(() => 'HTTP/1.1 201 Created'))
  expect(await isServed()).toBe(true)
  for (const { end } of slow) end()
})

/** Sends a start without the rest of its body. */
function sendHalf(body: string) {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('error', () => {})
  socket.on('data', (text) => {
    answer += text
  })
  const head = [
    'POST /v1/verifications HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${ADMIN_KEY}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`)
  return {
    answer: () => answer,
    sendRest: () => void socket.write(body.slice(5)),
    end: () => void socket.destroy(),
  }
}
