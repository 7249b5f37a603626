import { AppError } from '../errors.ts'
import { say } from '../words/text.ts'

/** Test keys see test data only, reach no operator, and change nothing that live calls depend on: 403 for one. */
export function requireLive({ livemode }: { livemode: boolean }): void {
  if (livemode) return
  throw new AppError('insufficient_scope', { detail: say('live_key_needed') })
}
