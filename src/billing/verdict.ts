import { hasReached, keepsCode } from '../channels/reached.ts'
import type { Attempt } from '../draft/rows.ts'
import { isActive, type VerificationStatus } from '../values/statuses.ts'

export type Verdict = 'keep' | 'capture' | 'release'

type Call = Pick<Attempt, 'channel' | 'status' | 'placedAt' | 'codeHash' | 'endedAt' | 'pricePer'>

/**
 * What to do with the hold of a call. `typed`: whether the submitted code is the code of this call. Whether
 * to charge an unknown call is decided later, from the operator's records.
 */
export function judgeCharge(call: Call, verification: VerificationStatus, typed: boolean): Verdict {
  if (call.pricePer === 'approved') {
    if (verification === 'approved') return typed ? 'capture' : 'release'
    if (!isActive(verification)) return 'release'
    const mayBeTyped = call.codeHash !== null && keepsCode(call.channel, call.status)
    return call.endedAt === null || mayBeTyped || call.status === 'called' ? 'keep' : 'release'
  }
  if (call.endedAt === null) return 'keep'
  const due = call.pricePer === 'attempt' ? call.placedAt !== null : hasReached(call.channel, call.status)
  if (due) return 'capture'
  return call.status === 'unknown' ? 'keep' : 'release'
}
