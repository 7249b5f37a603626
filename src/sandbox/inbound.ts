import type { Course } from './courses.ts'

/** What an operator waits for: a call of the phone to `number` (E.164). `calledAt`: milliseconds. */
export type Awaited = { number: string; webhook: string | null; calledAt: number | null }

type Request = { at: number; course: Course; awaits?: Awaited | undefined }

/** How long operators wait for a call. */
const AWAITED_MS = 120_000

/**
 * The state of a request for an inbound call as the operator reports it; null: it is none. `now`:
 * milliseconds.
 */
export function inboundState(
  { at, awaits, course }: Request,
  now: number,
): 'pending' | 'ok' | 'expired' | null {
  if (!awaits) return null
  const late = course.reportedAfterMs
  if (awaits.calledAt !== null) return now - awaits.calledAt < late ? 'pending' : 'ok'
  return now - at < AWAITED_MS || late === Number.POSITIVE_INFINITY ? 'pending' : 'expired'
}

/**
 * A handset calls `to`: the caller's number decides whose call it is, and of two requests for one phone the
 * newer one. Returns that request, now with its call; null if no operator waits for this caller there.
 * `requests`: for the caller, oldest first.
 */
export function callIn<R extends Request>(
  requests: readonly R[],
  to: string,
  now: number,
): (R & { awaits: Awaited }) | null {
  const awaited = requests.findLast(
    (request): request is R & { awaits: Awaited } =>
      request.awaits?.number === to &&
      request.awaits.calledAt === null &&
      now - request.at < AWAITED_MS &&
      request.course.ringsAfterMs !== null &&
      !request.course.rewritten,
  )
  if (awaited) awaited.awaits.calledAt = now
  return awaited ?? null
}
