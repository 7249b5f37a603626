import { timingSafeEqual } from 'node:crypto'
import type { Draft } from '../draft/draft.ts'
import type { Secrets } from '../secrets.ts'

export type LiveCode = { attemptId: string; hash: Buffer; length: number }

/** The codes of all calls of the verification that rang, or may have. Any of them is right. */
export function liveCodes(draft: Draft): LiveCode[] {
  return draft.attempts.flatMap(({ id, codeHash, codeLength }) =>
    codeHash && codeLength ? [{ attemptId: id, hash: codeHash, length: codeLength }] : [],
  )
}

/** Which code the last digits are: of calls with the same one, the last; null: none. Compares all of them, in constant time. */
export function rightCode(
  draft: Draft,
  digits: string,
  codes: readonly LiveCode[],
  secrets: Secrets,
): LiveCode | null {
  let right: LiveCode | null = null
  for (const code of codes) {
    for (const typed of secrets.codeHashes(draft.verification.id, digits.slice(-code.length))) {
      if (digits.length >= code.length && timingSafeEqual(typed, code.hash)) right = code
    }
  }
  return right
}
