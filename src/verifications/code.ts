import { timingSafeEqual } from 'node:crypto'
import type { Draft } from '../draft/draft.ts'
import type { Secrets } from '../secrets.ts'

export type LiveCode = { attemptId: string; hash: Buffer; length: number }

/** The codes of all calls that rang or may have. Each of them is right. */
export function liveCodes(draft: Draft): LiveCode[] {
  return draft.attempts.flatMap(({ id, codeHash, codeLength }) =>
    codeHash && codeLength ? [{ attemptId: id, hash: codeHash, length: codeLength }] : [],
  )
}

/**
 * The code that the last digits match, or null. If several calls have the same code, the last call's.
 * Compares every code, each in constant time.
 */
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
