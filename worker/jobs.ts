import { adopt } from '../src/calls/adopt.ts'
import { check } from '../src/calls/awaited.ts'
import { place } from '../src/calls/place.ts'
import { poll } from '../src/calls/poll.ts'
import type { Context } from '../src/context.ts'
import { createLanes } from '../src/events/lanes.ts'
import { describeError } from '../src/process/log.ts'
import { inSpan, type Labels, noteFault } from '../src/process/tracing.ts'
import {
  type AttemptJobName,
  bundle,
  CONCURRENCY,
  endpointBundle,
  JOBS,
  type JobPayload,
} from '../src/queue/jobs.ts'
import { publicId } from '../src/values/ids.ts'
import { moveOn } from '../src/verifications/next.ts'
import { createPool } from './pool.ts'

const VERBS: Record<AttemptJobName, (context: Context, call: JobPayload) => Promise<void>> = {
  place,
  poll,
  check,
  adopt,
  next: moveOn,
}

export type Jobs = {
  /**
   * Begins the calls of a bundle. Resolves when the last one has begun, not ended: a slow operator holds up
   * neither its neighbours in the bundle nor the next bundle. Throws if the data is not a bundle.
   */
  run(name: string, data: unknown): Promise<void>
  /**
   * Begins no more calls (those not begun are queued again, for other workers); resolves when all calls have
   * ended.
   */
  drain(): Promise<void>
}

export function createJobs(context: Context): Jobs {
  const pools = { place: createPool(CONCURRENCY.place), follow: createPool(CONCURRENCY.follow) }
  const lanes = createLanes(context)

  /** Runs a job in a span of the trace that caused it, or of its own. */
  function wake(name: AttemptJobName, call: JobPayload): Promise<void> {
    const attempt = publicId('attempt', call.attempt)
    const verification = publicId('verification', call.verification)
    const attributes = {
      'messaging.system': 'bullmq',
      'messaging.destination.name': JOBS[name],
      'messaging.operation.type': 'process',
      'messaging.operation.name': name,
    }
    const labels = { verification, attempt }
    const options = { kind: 'CONSUMER', parent: call.trace ?? null, attributes, labels } as const
    return inSpan(`process ${name}`, options, () => run(name, call, labels))
  }

  async function run(
    name: AttemptJobName,
    call: JobPayload,
    { verification, attempt }: Labels,
  ): Promise<void> {
    const started = performance.now()
    try {
      await VERBS[name](context, call)
      context.log.debug({ job: name, attempt, ms: Math.round(performance.now() - started) }, 'job done')
    } catch (error) {
      const fault = describeError(error)
      noteFault(fault)
      context.log.error({ job: name, verification, attempt, ...fault }, 'job failed: left to the sweep')
    }
  }

  return {
    async run(name, data) {
      if (name === 'deliver') {
        for (const { endpoint } of endpointBundle.parse(data).calls) lanes.wake(endpoint)
        return
      }
      if (!isJobName(name)) throw new Error('unknown job')
      const { calls } = bundle.parse(data)
      for (const [i, call] of calls.entries()) {
        if (await pools[JOBS[name]].take(() => wake(name, call))) continue
        context.queue.enqueue(calls.slice(i).map((payload) => ({ name, payload })))
        return
      }
    },
    async drain() {
      await Promise.all([pools.place.drain(), pools.follow.drain(), lanes.drain()])
    },
  }
}

const isJobName = (name: string): name is AttemptJobName => Object.hasOwn(VERBS, name)
