import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Collector, type Span, startCollector } from '../setup/collector.ts'
import { waitFor } from '../setup/wait.ts'
import { describeWithEachQueue, phoneBook, type Service, startService } from './support.ts'

const SERVER = 2
const CLIENT = 3
const CONSUMER = 5
const newPhone = phoneBook('+7925')

describeWithEachQueue('traces', (backend) => {
  let collector: Collector
  let service: Service
  let id: string
  let lost: string
  let spans: Span[]
  let logs: Record<string, string>[]
  const ours = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const unsampled = { traceId: '1af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

  beforeAll(async () => {
    collector = await startCollector()
    service = await startService(backend, { quick: true, env: collector.env })
    const phone = newPhone()
    const headers = {
      traceparent: `00-${ours.traceId}-${ours.spanId}-01`,
      tracestate: `phone=${phone.slice(1)}`,
    }
    const started = await service.request('POST', '/v1/verifications', { body: { phone }, headers })
    id = started.body.id
    const [from = ''] = await service.rung(phone)
    await service.until(id, 'delivered')
    await service.confirm(id, from.slice(-4))
    await Promise.all([1, 2, 3, 4].map(() => service.begin(newPhone())))
    await service.request('POST', '/v1/verifications', {
      body: { phone: newPhone() },
      headers: { traceparent: `00-${unsampled.traceId}-${unsampled.spanId}-00` },
    })
    // A job that is lost with the queue.
    await service.stack.kill('worker-1', 'SIGSTOP')
    lost = (await service.begin(newPhone())).id
    await waitFor(() => service.queuedCalls())
    await service.emptyQueue()
    await service.stack.kill('worker-1', 'SIGCONT')
    await service.until(lost, 'delivered')
    const { sql } = service
    await waitFor(async () => {
      const [open] = await sql`select 1 from attempts where ended_at is null`
      return !open
    })
    // They send what they gathered before they end.
    await service.stack.kill('api', 'SIGTERM')
    await service.stack.kill('worker-1', 'SIGTERM')
    spans = collector.spans()
    logs = service.stack
      .logs()
      .split('\n')
      .filter((line) => line.startsWith('{"level"'))
      .map((line) => JSON.parse(line))
  })
  afterAll(async () => {
    await service?.stop()
    await collector?.close()
  })

  const start = () => find((span) => span.traceId === ours.traceId && span.kind === SERVER)
  function find(test: (span: Span) => boolean): Span {
    const [found] = spans.filter(test)
    if (!found) throw new Error(`not among ${spans.map(({ name }) => name).join(', ')}`)
    return found
  }
  const jobs = () => spans.filter(({ kind, traceId }) => kind === CONSUMER && traceId === ours.traceId)

  it('a start is one trace, from the client’s own span to the requests to the operator, over both processes', () => {
    expect(start()).toMatchObject({
      name: 'POST /v1/verifications',
      process: 'api',
      service: 'ringproof',
      parentSpanId: ours.spanId,
      attributes: {
        'http.route': '/v1/verifications',
        'http.response.status_code': 201,
        'ringproof.verification': id,
        'ringproof.tenant': expect.stringMatching(/^ten_/),
        'ringproof.key': expect.stringMatching(/^key_/),
      },
    })
    expect(jobs().map(({ name }) => name)).toEqual(expect.arrayContaining(['process place', 'process poll']))
    for (const job of jobs()) {
      expect(job).toMatchObject({
        process: 'worker',
        parentSpanId: start().spanId,
        attributes: {
          'messaging.system': 'bullmq',
          'ringproof.verification': id,
          'ringproof.attempt': expect.stringMatching(/^att_/),
        },
      })
    }
    const place = jobs().find(({ name }) => name === 'process place')
    expect(find((span) => span.kind === CLIENT && span.parentSpanId === place?.spanId)).toMatchObject({
      name: 'GET 127.0.0.1',
      attributes: {
        'server.address': '127.0.0.1',
        'http.response.status_code': 200,
        'ringproof.provider': 'telefon-ip',
        'ringproof.account': expect.stringMatching(/^prv_/),
        'ringproof.operation': 'place',
        'ringproof.verification': id,
      },
    })
  })

  it('each start links to the transaction that it shared with others', () => {
    const commits = spans.filter(({ name }) => name === 'commit start')
    expect(commits).toHaveLength(6)
    for (const { links, status } of commits) {
      expect(status.code).not.toBe(2)
      expect(find(({ spanId }) => spanId === links[0]?.spanId).name).toBe('commit start (group)')
    }
    const [own] = commits.filter(({ traceId }) => traceId === ours.traceId)
    expect(own?.parentSpanId).toBe(start().spanId)
  })

  it('a client that records no trace of its own gets none here, in no process', () => {
    expect(spans.some(({ traceId }) => traceId === unsampled.traceId)).toBe(false)
    const clients = spans.filter(({ kind, attributes }) => kind === CLIENT && attributes['ringproof.attempt'])
    for (const { parentSpanId } of clients) expect(parentSpanId).not.toBeUndefined()
  })

  it('work whose job was lost is a trace of its own, found by the verification', () => {
    const found = spans.filter(
      ({ kind, attributes }) => kind === CONSUMER && attributes['ringproof.verification'] === lost,
    )
    const [root, ...others] = found.filter(({ parentSpanId }) => parentSpanId === undefined)
    expect(root?.name).toBe('process place')
    expect(others).toEqual([])
    expect(new Set(found.map(({ traceId }) => traceId)).size).toBe(1)
  })

  it('lines of the log name the trace and span that they belong to', () => {
    const of = (msg: string) => logs.filter((line) => line.msg === msg && line.trace_id === ours.traceId)
    expect(of('request')).toMatchObject([{ process: 'api', span_id: start().spanId }])
    expect(of('call requested')).toMatchObject([{ process: 'worker', span_id: expect.any(String) }])
    expect(logs.find(({ msg }) => msg === 'listening')).not.toHaveProperty('trace_id')
  })

  it('no span has a phone, or what a client sent along with its trace', () => {
    expect(collector.received()).toContain('/base/v1/traces')
    // Times and ids have longer rows of digits.
    expect(collector.received()).not.toMatch(/(?<![0-9a-f])7925\d{7}(?![0-9a-f])|tracestate|phone=/)
  })
})
