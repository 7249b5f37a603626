import type { Attempt, Verification } from '../draft/rows.ts'
import { isActive } from '../values/statuses.ts'

export const RETRIES_MAX = 3
export const RETRY_PAUSE_SECONDS = 30

type Call = Pick<Attempt, 'placingAt' | 'createdAt' | 'status'>

/** The end of the pause after the last call; a queued one counts as placed now. */
export function pauseEnds(attempts: readonly Call[]): Date {
  const times = attempts.map(({ placingAt, createdAt, status }) =>
    status === 'queued' ? createdAt.getTime() : (placingAt?.getTime() ?? 0),
  )
  return new Date(Math.max(0, ...times) + RETRY_PAUSE_SECONDS * 1000)
}

/** When a retry is next allowed; null: never. */
export function retryAt(
  { status, retries, expiresAt }: Pick<Verification, 'status' | 'retries' | 'expiresAt'>,
  attempts: readonly Call[],
): Date | null {
  if (!isActive(status) || retries >= RETRIES_MAX) return null
  const at = pauseEnds(attempts)
  return at < expiresAt ? at : null
}
