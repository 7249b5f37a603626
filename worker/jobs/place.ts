import { place as verb } from '../../src/calls/place.ts'
import type { Context } from '../../src/context.ts'
import { JOBS } from '../../src/queue/jobs.ts'

/** See `src/calls/place.ts`. */
export function place(context: Context, payload: unknown): Promise<void> {
  return verb(context, JOBS.place.payload.parse(payload))
}
