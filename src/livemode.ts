import { AppError } from './errors.ts'

/** Test keys see test data only, and reach no operator: 403 for one. */
export function requireLive({ livemode }: { livemode: boolean }): void {
  if (livemode) return
  throw new AppError('insufficient_scope', { detail: 'This is live data: it needs a live key.' })
}
