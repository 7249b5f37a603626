import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithEachQueue, phoneBook, type Service, startService } from '../e2e/support.ts'
import { waitFor } from '../setup/wait.ts'
import { moved, readSeries, type Series, sumOfCounts } from './series.ts'

const TOKEN = 'a-token-for-metrics'
const COUNTED_AT_END = /^ringproof_\w+_(ended|answers)_total/
/** A worker that starts beside other tests takes its time. */
const PATIENT = { timeoutMs: 25_000 }
const COUNTED = /^ringproof_(verification|attempt|operator_answers|start_group)/

describeWithEachQueue('metrics', (backend) => {
  let service: Service
  const newPhone = phoneBook('+7926')
  beforeAll(async () => {
    service = await startService(backend, { quick: true, env: { WORKER_PORT: '0', METRICS_TOKEN: TOKEN } })
  })
  afterAll(() => service?.stop())

  const worker = (path: string, token: string | null = TOKEN) =>
    fetch(new URL(path, service.stack.urlOf('worker-1')), {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
    })
  const fromApi = async () => (await service.request('GET', '/metrics', { key: TOKEN })).text
  const fromWorker = async () => (await worker('/metrics')).text()
  const counts = async () => sumOfCounts(await Promise.all([fromApi(), fromWorker()]))
  /** A commit is seen by others before the process that made it has counted it. */
  const expectMoves = (before: Series, names: RegExp, moves: Record<string, unknown>) =>
    waitFor(async () => {
      expect(moved(before, await counts(), names)).toEqual(moves)
      return true
    })

  it('a worker answers health, readiness and, with the token, metrics; and nothing else', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await worker(path, null)
      expect([path, answer.status, await answer.json()]).toEqual([path, 200, { status: 'ok' }])
    }
    const metrics = await worker('/metrics')
    expect([metrics.status, metrics.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    for (const token of [null, `${TOKEN}s`]) expect((await worker('/metrics', token)).status).toBe(401)
    for (const path of ['/', '/docs', '/v1/verifications', '/console']) {
      expect([path, (await worker(path)).status]).toEqual([path, 404])
    }
  })

  it('a verification is counted once, in each of its steps, by whichever process committed them', async () => {
    const before = await counts()
    const phone = newPhone()
    const headers = { 'idempotency-key': `once ${phone}` }
    const start = () => service.request('POST', '/v1/verifications', { body: { phone }, headers })
    const { body } = await start()
    await service.until(body.id, 'delivered')
    // A repetition starts nothing.
    expect((await start()).body.id).toBe(body.id)
    const [from = ''] = await service.rung(phone)
    const wrong = from.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
    expect((await service.confirm(body.id, wrong)).status).toBe(422)
    expect((await service.confirm(body.id, from)).status).toBe(200)
    const call = 'channel="flash_call",provider="telefon-ip",mode="test"'
    const change = moved(before, await counts(), COUNTED)
    const polls =
      'ringproof_operator_answers_total{answer="ok",request="status",provider="telefon-ip",mode="test"}'
    expect(change[polls]).toBeGreaterThan(0)
    delete change[polls]
    expect(change).toEqual({
      ringproof_start_group_size_count: 1,
      'ringproof_verifications_started_total{channel="flash_call",mode="test"}': 1,
      'ringproof_operator_answers_total{answer="ok",request="place",provider="telefon-ip",mode="test"}': 1,
      [`ringproof_attempts_ended_total{outcome="no_answer",${call}}`]: 1,
      [`ringproof_verification_reached_seconds_count{${call}}`]: 1,
      [`ringproof_verification_approved_seconds_count{${call}}`]: 1,
      [`ringproof_verifications_ended_total{outcome="approved",failure="none",${call},checked_by="service",reached="yes"}`]: 1,
    })
  })

  it('a call that no operator accepts counts each attempt, each answer, and the failure with its reason', async () => {
    const before = await counts()
    const phone = newPhone()
    for (const operator of ['telefon-ip', 'new-tel']) {
      await service.fault({ operator, mode: 'refuse', prefix: phone })
    }
    const { id } = await service.begin(phone)
    await service.until(id, 'failed')
    await service.mend()
    await expectMoves(before, COUNTED_AT_END, {
      ...Object.fromEntries(
        ['telefon-ip', 'new-tel'].flatMap((provider) => {
          const labels = `provider="${provider}",mode="test"`
          return [
            [`ringproof_operator_answers_total{answer="refused_limit",request="place",${labels}}`, 1],
            [`ringproof_attempts_ended_total{outcome="rejected",channel="flash_call",${labels}}`, 1],
          ]
        }),
      ),
      'ringproof_verifications_ended_total{outcome="failed",failure="rejected",channel="flash_call",provider="new-tel",mode="test",checked_by="service",reached="no"}': 1,
    })
  })

  it('what waits while no worker runs is seen at the API, with its age, and so is what should have ended', async () => {
    const { stack, sql } = service
    await stack.kill('worker-1')
    const { id } = await service.begin(newPhone())
    await sql`
      with moved as (update verifications set expires_at = now() - interval '61 s' where id = ${id.slice(4)}::uuid returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await waitFor(async () => {
      const series = readSeries(await fromApi())
      expect(series.get('ringproof_overdue_verifications')).toBe(1)
      expect(series.get('ringproof_queue_bundles{queue="place",state="waiting"}')).toBe(1)
      expect(series.get('ringproof_queue_oldest_seconds{queue="place"}')).toBeGreaterThan(0.5)
      return true
    }, PATIENT)
    await stack.restart('worker-1')
    await waitFor(async () => {
      const series = readSeries(await fromApi())
      expect(series.get('ringproof_overdue_verifications')).toBe(0)
      expect(series.get('ringproof_queue_bundles{queue="place",state="waiting"}')).toBe(0)
      return true
    }, PATIENT)
    expect((await service.get(id)).status).toBe('expired')
  })
})
