import type { Attempt } from '../draft/rows.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import type { Secrets } from '../secrets.ts'

type Coded = Pick<Attempt, 'channel' | 'verificationId' | 'codeHash'>

/** The code that a record holds if it is of this channel: the end of a calling number is that of flash calls. */
export function codeIn({ code, ofCaller }: OperatorRecord, channel: Attempt['channel']): string | null {
  return ofCaller && channel !== 'flash_call' ? null : code
}

/** Whether a record holds the code of an attempt; null if either has no code. */
export function hasCodeOf(secrets: Secrets, attempt: Coded, record: OperatorRecord): boolean | null {
  const code = codeIn(record, attempt.channel)
  return code === null ? null : isCodeOf(secrets, attempt, code)
}

/** Whether these digits are the code of an attempt; null if it has none. */
export function isCodeOf(
  secrets: Secrets,
  { verificationId, codeHash }: Pick<Coded, 'verificationId' | 'codeHash'>,
  digits: string,
): boolean | null {
  if (codeHash === null) return null
  return secrets.codeHashes(verificationId, digits).some((hash) => hash.equals(codeHash))
}
