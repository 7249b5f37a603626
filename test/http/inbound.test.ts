import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check } from '../../src/calls/awaited.ts'
import { place } from '../../src/calls/place.ts'
import type { ClientContext } from '../../src/context.ts'
import type { Job } from '../../src/queue/jobs.ts'
import { createSecrets } from '../../src/secrets.ts'
import { newId } from '../../src/values/ids.ts'
import { get } from '../../src/verifications/read.ts'
import { createWeb } from '../../src/web.ts'
import { inboundOf } from '../calls/inbound-support.ts'
import { waitFor } from '../setup/wait.ts'
import { eventsOf, jobOf, newPhone, stored } from '../verifications/support.ts'
import { clientOf, startTestHttp, type TestHttp } from './client.ts'
import { listen } from './listen.ts'

let test: TestHttp
let client: ClientContext
let calls: ReturnType<typeof inboundOf>
/** The jobs queued by notices. */
let jobs: Job[] = []
beforeAll(async () => {
  test = await startTestHttp({ PUBLIC_URL: 'https://verify.example.com' })
  client = await test.newTenant()
  calls = inboundOf(test, client)
  const { queue } = test.app
  const { enqueue } = queue
  queue.enqueue = (queued) => {
    jobs.push(...queued.filter(({ name }) => name === 'check'))
    enqueue(queued)
  }
})
afterAll(() => test.stop())

/** A verification whose number is shown, and how its operator notifies us. */
async function awaitCall() {
  const started = await calls.await()
  const job = await jobOf(test, started.id)
  const token = test.app.secrets.webhookToken(job.attempt)
  jobs = []
  const notify = (phone = started.phone, own = token) => {
    const query = new URLSearchParams({ success: 'True', phone: `8${phone.slice(2)}`, id: '1' })
    return test.request('GET', `/v1/inbound/${own}?${query}`, { key: null })
  }
  const letPauseEnd = () => test.app.db.sql`
    update due_attempts set noticed_at = noticed_at - interval '2 s' where attempt_id = ${job.attempt}`
  return { ...started, job, token, notify, letPauseEnd }
}

describe('an operator’s notice', () => {
  it('makes a worker ask the operator, whose word alone approves', async () => {
    const { id, phone, number, job, notify, letPauseEnd } = await awaitCall()
    expect((await notify()).status).toBe(204)
    expect(jobs).toEqual([{ name: 'check', payload: job }])
    await check(test.worker, job)
    expect((await get(client, { id })).status).toBe('calling')

    await calls.callIn(phone, number)
    await letPauseEnd()
    await notify()
    expect(jobs).toHaveLength(2)
    await check(test.worker, job)
    expect((await get(client, { id })).status).toBe('approved')
  })

  it('comes to an address that the operator was told, in the token of the attempt', async () => {
    const { phone, job } = await awaitCall()
    const [request] = test.sandbox.calls.list(calls.namespace, phone)
    expect(request?.awaits?.webhook).toBe(
      `https://verify.example.com/v1/inbound/${test.app.secrets.webhookToken(job.attempt)}`,
    )
  })

  it('arrives as the operator sends it, and hastens the approval', async () => {
    const server = await listen(test)
    const { config } = test.app
    const { PUBLIC_URL } = config
    config.PUBLIC_URL = `http://127.0.0.1:${server.port}`
    try {
      const { id, phone, number, job } = await awaitCall()
      await calls.callIn(phone, number)
      await waitFor(() => jobs.length > 0, { what: 'the notice' })
      expect(jobs).toEqual([{ name: 'check', payload: job }])
      await check(test.worker, job)
      expect((await get(client, { id })).status).toBe('approved')
    } finally {
      config.PUBLIC_URL = PUBLIC_URL
      await server.close()
    }
  })

  it('with a wrong token gets the same answer and does nothing', async () => {
    const { id, token, notify } = await awaitCall()
    const right = await notify()
    jobs = []
    const foreign = createSecrets(Buffer.alloc(32)).webhookToken(newId())
    const last = token.at(-2) === 'A' ? 'B' : 'A'
    for (const wrong of [
      foreign,
      token.slice(0, -2) + last + token.at(-1),
      token.slice(1),
      'x',
      `${token}AAAA`,
    ]) {
      const answer = await notify(newPhone(), wrong)
      expect([answer.status, answer.text]).toEqual([right.status, right.text])
      const headersOf = ({ headers }: typeof answer) => [...headers.keys()].sort()
      expect(headersOf(answer)).toEqual(headersOf(right))
    }
    expect(jobs).toEqual([])
    expect(await eventsOf(test, id)).not.toContain('attempt.other_caller')
  })

  it('is good under the former SECRET_KEY during its rotation', () => {
    const [old, current] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const id = newId()
    const token = createSecrets(old).webhookToken(id)
    expect(createSecrets(current, [old]).attemptOfToken(token)).toBe(id)
    expect(createSecrets(current).attemptOfToken(token)).toBe(null)
  })

  it('about another phone is recorded once, without its number, and approves nothing', async () => {
    const { id, job, notify, letPauseEnd } = await awaitCall()
    const other = newPhone()
    await notify(other)
    await letPauseEnd()
    await notify(other)
    await check(test.worker, job)
    const events = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where verification_id = ${job.verification} and type = 'attempt.other_caller'`
    expect(events.map(({ data }) => JSON.parse(data))).toMatchObject([{ told: 'notice' }])
    expect(events[0]?.data).not.toContain(other.slice(2))
    expect((await get(client, { id })).status).toBe('calling')
  })

  it('in a flood makes a worker ask once, and leaves at most one event', async () => {
    const { id, notify } = await awaitCall()
    const answers = await Promise.all(Array.from({ length: 60 }, () => notify(newPhone())))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    expect(jobs).toHaveLength(1)
    const events = await eventsOf(test, id)
    expect(events.filter((type) => type === 'attempt.other_caller')).toHaveLength(1)
  })

  it('queues no further polls: those go on at their own pace', async () => {
    const { id, job, notify } = await awaitCall()
    const before = await stored(test, id)
    await notify()
    await check(test.worker, job)
    const after = await stored(test, id)
    expect(after.calls[0]).toMatchObject({ looks: 0, dueAt: before.calls[0]?.dueAt })
  })

  it('that comes again after the end does nothing', async () => {
    const { id, phone, number, job, notify, letPauseEnd } = await awaitCall()
    await calls.callIn(phone, number)
    await calls.pollOnce(id)
    const events = await eventsOf(test, id)
    await letPauseEnd()
    jobs = []
    for (const from of [phone, newPhone()]) expect((await notify(from)).status).toBe(204)
    await check(test.worker, job)
    expect(jobs).toEqual([])
    expect(await eventsOf(test, id)).toEqual(events)
  })

  it('of a flash call’s attempt does nothing', async () => {
    const flash = await calls.await({ channel: 'flash_call' })
    const job = await jobOf(test, flash.id)
    jobs = []
    const path = `/v1/inbound/${test.app.secrets.webhookToken(job.attempt)}`
    expect((await test.request('POST', path, { key: null })).status).toBe(204)
    expect(jobs).toEqual([])
    const [rung] = test.sandbox.calls.list(calls.namespace, flash.phone)
    if (rung) rung.course = { ...rung.course, end: 'answered', endsAfterMs: 0, reportedAfterMs: 0 }
    await check(test.worker, job)
    expect((await stored(test, flash.id)).calls).toMatchObject([{ status: 'placed' }])
  })

  it.each(['?phone=1&phone=2', '?phone=%00', '?phone=nobody', ''])(
    'with the parameters %j is answered like any other',
    async (query) => {
      const { token } = await awaitCall()
      for (const [method, sent] of [
        ['GET', {}],
        ['POST', { body: '{' }],
      ] as const) {
        const answer = await test.request(method, `/v1/inbound/${token}${query}`, { key: null, ...sent })
        expect([answer.status, answer.text]).toEqual([204, ''])
      }
    },
  )

  it('leaves its token in no log', async () => {
    const { token, notify } = await awaitCall()
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
    const request = clientOf(createWeb({ ...test.app, log }))
    for (const method of ['GET', 'POST', 'PUT'])
      await request(method, `/v1/inbound/${token}?phone=1`, { key: null })
    await notify()
    expect(lines.join()).toContain('/v1/inbound/{token}')
    expect(lines.join()).not.toContain(token)
  })
})

describe('GET /v1/verifications/{id}/call-to.svg', () => {
  it('draws the number for a key that may read, until it is called', async () => {
    const { secret } = await test.newKey()
    const start = { phone: newPhone(), channel: 'inbound_call' }
    const { body } = await test.request('POST', '/v1/verifications', { key: secret, body: start })
    const path = `/v1/verifications/${body.id}`
    const draw = () => test.request('GET', `${path}/call-to.svg`, { key: secret })
    expect((await draw()).status).toBe(404)
    await place(test.worker, await jobOf(test, body.id))
    const drawn = await draw()
    expect([drawn.status, drawn.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
    expect(drawn.text).toMatch(/^<svg .*<\/svg>$/s)
    const { body: shown } = await test.request('GET', path, { key: secret })
    const call = { from: start.phone, to: shown.call_to.number }
    expect(
      (await test.request('POST', '/v1/sandbox/inbound', { key: secret, body: call })).body,
    ).toMatchObject({
      awaited: true,
    })
    await calls.pollOnce(body.id)
    expect((await draw()).status).toBe(404)
    const proven = await test.request('POST', `${path}/proof`, { key: secret })
    expect(proven.body.verification).toMatchObject({ status: 'approved', channel: 'inbound_call' })
  })
})
