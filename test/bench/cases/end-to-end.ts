import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { waitFor } from '../../setup/wait.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { startMeter } from '../cpu.ts'
import { atLeast, type Figure, type Sample } from '../figure.ts'
import { footprintOf, type Traces, watchTraces } from '../footprint.ts'
import { type LiveOperator, openLiveOperator } from '../live.ts'
import { nextPhone } from '../load.ts'
import { noopJobsPerSecond } from '../noop.ts'
import { QUICK, ROUNDS, scaled } from '../scale.ts'

const SECONDS = QUICK ? 3 : 4
/** Until calls are at every stage at the same time. */
const WARM_UP_MS = 3000
/** People who each verify phone after phone: enough for the queue's rate at a second or two per call. */
const PEOPLE = { redis: scaled(800), postgres: scaled(400) }
const LOOK_EVERY_MS = 100
/** At the end, verifications in progress are finished: how long a person waits for that. */
const PATIENCE_MS = 15_000
const TARGET = { redis: 0.1, postgres: 0.15 }
/** No-op jobs: enough for some seconds. */
const JOBS = { redis: scaled(20_000), postgres: scaled(3_000) }

/** Whole verifications (start, place, poll, confirm, capture) against no-op jobs on the same queue. */
export async function endToEndFigures(queue: 'redis' | 'postgres'): Promise<Figure[]> {
  const bed = await prepareBed({ redis: queue === 'redis', workers: 1 })
  const operator = await openLiveOperator(bed)
  try {
    const [jobs, verifications]: [Sample[], Sample[]] = [[], []]
    const traces: Traces[] = []
    for (let round = 0; round < ROUNDS; round++) {
      jobs.push(await noopJobsPerSecond(bed, JOBS[queue]))
      const tracesOf = await watchTraces(bed.databaseUrl)
      const { rate, approved } = await verifyForAWhile(bed, operator, PEOPLE[queue])
      traces.push(await tracesOf(approved))
      verifications.push(rate)
    }
    const figure = atLeast(`end-to-end-${queue}`, 'verifications/s', verifications, jobs, TARGET[queue])
    return [{ ...figure, footprint: footprintOf(traces) }]
  } finally {
    await bed.close()
    await operator.close()
  }
}

/** The rate between warm-up and end, and how many were approved in all. */
async function verifyForAWhile(
  bed: Bed,
  operator: LiveOperator,
  count: number,
): Promise<{ rate: Sample; approved: number }> {
  const api = new Pool(bed.stack.url, { connections: 64 })
  let stopped = false
  let approved = 0
  async function person(): Promise<void> {
    while (!stopped) if (await verify(bed, api, operator, () => stopped)) approved += 1
  }
  const people = Promise.all(Array.from({ length: count }, person))
  await sleep(WARM_UP_MS)
  const before = await captured(bed)
  const meter = startMeter(bed.processes)
  const since = performance.now()
  await Promise.race([sleep(SECONDS * 1000), people])
  const done = (await captured(bed)) - before
  const cpu = meter(done)
  const seconds = (performance.now() - since) / 1000
  stopped = true
  await people
  await api.close()
  await waitFor(async () => (await openCalls(bed)) === 0, { timeoutMs: 90_000, what: 'every call to end' })
  return { rate: { value: done / seconds, cpu }, approved }
}

/** One person: starts, hears the phone ring, and types the code. Resolves to whether that succeeded. */
async function verify(bed: Bed, api: Pool, operator: LiveOperator, isOver: () => boolean): Promise<boolean> {
  const post = async (path: string, body: unknown) => {
    const headers = {
      authorization: `Bearer ${bed.stack.adminKey}`,
      'content-type': 'application/json',
    }
    const answer = await api.request({ method: 'POST', path, headers, body: JSON.stringify(body) })
    return { status: answer.statusCode, text: await answer.body.text() }
  }
  const phone = nextPhone()
  const started = await post('/v1/verifications', { phone })
  if (started.status !== 201) throw new Error(`not started: ${started.status} ${started.text}`)
  const { id } = JSON.parse(started.text)
  const since = performance.now()
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const code = operator.rings(phone)
    if (!code) {
      if (isOver() && performance.now() - since > PATIENCE_MS) return false
      continue
    }
    const confirmed = await post(`/v1/verifications/${id}/confirm`, { code })
    if (confirmed.status === 200) return true
    // The operator's answer is still on its way into the database.
    if (confirmed.status !== 409) throw new Error(`not confirmed: ${confirmed.status} ${confirmed.text}`)
  }
}

/** The calls charged so far: the charge is the last step of a call. */
async function captured({ app }: Bed): Promise<number> {
  const [row] = await app.db.sql<
    { calls: string | null }[]
  >`select sum(captured_calls) as calls from daily_spend`
  return Number(row?.calls ?? 0)
}

async function openCalls({ app }: Bed): Promise<number> {
  const [row] = await app.db.sql<{ calls: number }[]>`
    select count(*)::int as calls from due_attempts`
  return row?.calls ?? 0
}
