import { adopt as verb } from '../../src/calls/adopt.ts'
import type { Context } from '../../src/context.ts'
import { JOBS } from '../../src/queue/jobs.ts'

/** See `src/calls/adopt.ts`. */
export function adopt(context: Context, payload: unknown): Promise<void> {
  return verb(context, JOBS.adopt.payload.parse(payload))
}
