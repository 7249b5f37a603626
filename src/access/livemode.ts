import { AppError } from '../errors.ts'

/** Test keys see test data only, reach no operator, and change nothing that live calls depend on: 403 for one. */
export function requireLive({ livemode }: { livemode: boolean }): void {
  if (livemode) return
  throw new AppError('insufficient_scope', { detail: 'A test key cannot do this: it needs a live key.' })
}
