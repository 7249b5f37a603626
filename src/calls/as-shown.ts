import { hasReached } from '../channels/reached.ts'
import type { Attempt } from '../draft/rows.ts'
import type { CallResult } from '../providers/provider.ts'
import type { Secrets } from '../secrets.ts'
import { isCodeOf } from './record-code.ts'

type Told = { result: CallResult; detail: string; callerEnding?: string | null }

/**
 * The end of a flash call whose number the route replaced: what the person saw is not the code, so nobody was
 * reached with it. The code stays right, since it may have been shown all the same.
 */
export function asShown<T extends Told>(secrets: Secrets, attempt: Attempt, told: T): T {
  const { callerEnding, result } = told
  if (attempt.channel !== 'flash_call' || !hasReached(attempt.channel, result.status)) return told
  if (!callerEnding || isCodeOf(secrets, attempt, callerEnding) !== false) return told
  return {
    ...told,
    result: { ...result, status: 'unknown' },
    detail: 'the route replaced the calling number',
  }
}
