import { sweep } from '../src/calls/sweep.ts'
import type { Context } from '../src/context.ts'
import { describeError } from '../src/log.ts'

const EVERY_MS = 1000

/** Sweeps every second, one at a time. A timer and not a queued job: a flushed queue would take its scheduler along. */
export function startSweep(context: Context): { stop(): void } {
  let running = false
  const timer = setInterval(async () => {
    if (running) return
    running = true
    try {
      const { expired, woken } = await sweep(context)
      if (expired + woken > 0) context.log.info({ expired, woken }, 'swept')
    } catch (error) {
      context.log.error(describeError(error), 'sweep failed')
    } finally {
      running = false
    }
  }, EVERY_MS)
  return { stop: () => clearInterval(timer) }
}
