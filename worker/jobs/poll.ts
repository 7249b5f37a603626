import { poll as verb } from '../../src/calls/poll.ts'
import type { Context } from '../../src/context.ts'
import { JOBS } from '../../src/queue/jobs.ts'

/** See `src/calls/poll.ts`. */
export function poll(context: Context, payload: unknown): Promise<void> {
  return verb(context, JOBS.poll.payload.parse(payload))
}
