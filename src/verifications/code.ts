import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Draft } from '../draft/draft.ts'
import { chanceOf } from '../limits/chance.ts'
import type { Secrets } from '../secrets.ts'

export type LiveCode = { attemptId: string; hash: Buffer; length: number }

/** The codes of all calls that rang or may have. Each of them is right. */
export function liveCodes(draft: Draft): LiveCode[] {
  return draft.attempts.flatMap(({ id, codeHash, codeLength }) =>
    codeHash && codeLength ? [{ attemptId: id, hash: codeHash, length: codeLength }] : [],
  )
}

/** The codes that enough digits were typed for. Only these are compared. */
export const comparable = (codes: readonly LiveCode[], digits: string): LiveCode[] =>
  codes.filter(({ length }) => length <= digits.length)

/** The chance that one check hits one of these codes: at most the sum of their chances, in millionths. */
export const chanceOfAny = (codes: readonly LiveCode[]): number =>
  codes.reduce((sum, { length }) => sum + chanceOf(length), 0)

/**
 * The code that the last digits match, or null. If several calls have the same code, the last call's.
 * `codes`: those comparable with the digits. Compares every one, each in constant time.
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
      if (timingSafeEqual(typed, code.hash)) right = code
    }
  }
  return right
}

/**
 * A random code of ours that ends with no live code of the verification: whoever types it means this one. As
 * the live ones are random too, it is as hard to guess as without that.
 */
export function newCode(draft: Draft, length: number, secrets: Secrets): string {
  for (;;) {
    const code = Array.from({ length }, () => randomInt(10)).join('')
    if (!rightCode(draft, code, comparable(liveCodes(draft), code), secrets)) return code
  }
}
