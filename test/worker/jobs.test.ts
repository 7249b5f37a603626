import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUNDLE_MAX, type JobPayload } from '../../src/queue/jobs.ts'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { newId, publicId } from '../../src/values/ids.ts'
import { createJobs } from '../../worker/jobs.ts'
import { type Live, openLive } from '../calls/live-accounts.ts'
import { type Gates, type Hold, startGates } from '../faults/gate.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, stored } from '../verifications/support.ts'

/** Prefixes of an operator behind a gate, and of another. */
const SLOW = '+79301'
const QUICK = '+79302'
const ANSWERS: Hold = { request: 'get_code', before: 'answer' }

describe('a worker', () => {
  let test: TestApp
  let live: Live
  let gates: Gates
  beforeAll(async () => {
    test = await startTestApp()
    await migrateQueue(test.database.url)
    live = await openLive(test)
    gates = await startGates(test.sandbox.url)
    const settings = { request_timeout_ms: 60_000, breaker: false }
    const slow = await live.newAccount('telefon-ip', settings, gates.url('slow', 'telefon-ip'))
    await live.newRoute(SLOW, slow)
    await live.newRoute(QUICK, await live.newAccount('telefon-ip'))
  })
  afterAll(async () => {
    await gates?.stop()
    await test?.stop()
  })

  let phones = 0
  async function queued(prefix: string): Promise<JobPayload> {
    phones += 1
    const phone = `${prefix}${String(100_000 + phones * 7).padStart(12 - prefix.length, '0')}`
    const { id } = await begin(live.client, { phone })
    return jobOf(test, id)
  }
  const statusOf = async ({ verification }: JobPayload) =>
    (await stored(test, publicId('verification', verification))).calls[0]?.status
  const statuses = (calls: JobPayload[]) => Promise.all(calls.map(statusOf))
  const all = (calls: JobPayload[], status: string) =>
    waitFor(async () => (await statuses(calls)).every((one) => one === status), { what: `all ${status}` })

  const isQueued = async ({ attempt }: JobPayload) => {
    const bundles = await test.app.db.sql<{ data: unknown }[]>`select data from bullmq.job`
    return bundles.some(({ data }) => JSON.stringify(data).includes(attempt))
  }

  /** A worker's jobs, and the lines of its log. */
  function worker() {
    const lines: Record<string, unknown>[] = []
    const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) })
    return { jobs: createJobs({ ...test.worker, log }), lines }
  }

  it('places the other calls of a bundle when one fails, and names the failed one', async () => {
    const [first, bad, last] = await Promise.all([queued(QUICK), queued(QUICK), queued(QUICK)])
    await test.app.db.sql.begin(async (tx) => {
      await tx`create function refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$`
      await tx`select set_config('test.attempt', ${bad.attempt}, true)`
      await tx`do $do$ begin execute format(
        'create trigger refuse before update on attempts for each row when (new.id = %L) execute function refuse()',
        current_setting('test.attempt')); end $do$`
    })
    const { jobs, lines } = worker()
    await jobs.run('place', { calls: [first, bad, last] })
    await all([first, last], 'placed')
    await jobs.drain()
    expect(await statusOf(bad)).toBe('queued')
    expect(lines).toMatchObject([
      {
        job: 'place',
        attempt: publicId('attempt', bad.attempt),
        verification: publicId('verification', bad.verification),
        error: 'PostgresError',
        msg: 'job failed: left to the sweep',
      },
    ])
  })

  it('does not let an operator that never answers delay another’s calls, in the same bundle or the next', async () => {
    gates.close('slow', ANSWERS)
    const held = await Promise.all([queued(SLOW), queued(SLOW)])
    const [sameBundle, nextBundle] = [await queued(QUICK), await queued(QUICK)]
    const { jobs } = worker()
    await jobs.run('place', { calls: [...held, sameBundle] })
    await jobs.run('place', { calls: [nextBundle] })
    await all([sameBundle, nextBundle], 'placed')
    expect(await statuses(held)).toEqual(['placing', 'placing'])
    await waitFor(() => gates.held('slow') === 2)
    gates.letGo('slow')
    await jobs.drain()
  })

  it('that stops finishes its calls, starts none, and leaves the rest to others', async () => {
    gates.close('slow', ANSWERS)
    const [underWay, later] = [await queued(SLOW), await queued(SLOW)]
    const { jobs } = worker()
    await jobs.run('place', { calls: [underWay] })
    await waitFor(() => gates.held('slow') === 1)
    let drained = false
    const drain = jobs.drain().then(() => {
      drained = true
    })
    await waitFor(() => isQueued(later))
    await test.app.db.sql`delete from bullmq.job`
    await jobs.run('place', { calls: [later] })
    await waitFor(() => isQueued(later))
    expect(drained).toBe(false)
    gates.letGo('slow')
    await drain
    expect(await statuses([underWay, later])).toEqual(['placed', 'queued'])
  })

  it('refuses invalid bundles: of former versions, of an unknown kind, empty, or too large', async () => {
    const { jobs } = worker()
    const call = { verification: newId(), attempt: newId() }
    await expect(jobs.run('place', call)).rejects.toThrow()
    await expect(jobs.run('constructor', { calls: [call] })).rejects.toThrow()
    await expect(jobs.run('place', { calls: [] })).rejects.toThrow()
    await expect(jobs.run('place', { calls: Array(BUNDLE_MAX + 1).fill(call) })).rejects.toThrow()
  })
})
