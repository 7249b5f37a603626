import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Draft } from '../draft/draft.ts'
import type { Secrets } from '../secrets.ts'

export type LiveCode = { attemptId: string; hash: Buffer; length: number }

/**
 * The codes of all attempts that reached the phone or may have. Each of them is right. An operator may choose
 * a code that another attempt has: it is one code, of the last of them.
 */
export function liveCodes(draft: Draft): LiveCode[] {
  const codes = draft.attempts.flatMap(({ id, codeHash, codeLength }) =>
    codeHash && codeLength ? [{ attemptId: id, hash: codeHash, length: codeLength }] : [],
  )
  return codes.filter(({ hash }, i) => !codes.slice(i + 1).some((later) => later.hash.equals(hash)))
}

/**
 * A random code that no attempt of the verification has: it neither equals a live code nor ends with one, so
 * that typing it names its attempt.
 */
export function drawCode(draft: Draft, length: number, secrets: Secrets): string {
  const live = liveCodes(draft)
  for (;;) {
    const code = Array.from({ length }, () => randomInt(10)).join('')
    if (!rightCode(draft, code, live, secrets)) return code
  }
}

/**
 * The code that the last digits match, or null; the longest if they match several, and the last of equal
 * ones. Compares every code, each in constant time.
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
      if (digits.length < code.length || !timingSafeEqual(typed, code.hash)) continue
      if (!right || code.length >= right.length) right = code
    }
  }
  return right
}
