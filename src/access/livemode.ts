import { AppError } from '../errors.ts'
import { say } from '../words/text.ts'

/** Throws 403 for a test key. Test keys see only test data and change nothing that live calls use. */
export function requireLive({ livemode }: { livemode: boolean }): void {
  if (livemode) return
  throw new AppError('insufficient_scope', { detail: say('live_key_needed') })
}
