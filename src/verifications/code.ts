import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Draft } from '../draft/draft.ts'
import { chanceOf } from '../limits/chance.ts'
import type { Secrets } from '../secrets.ts'

/** `chance`: of one guess to hit it, in millionths. */
export type LiveCode = { attemptId: string; hash: Buffer; length: number; chance: number }

/**
 * The codes of all attempts that reached the phone or may have. Each of them is right. An operator may choose
 * a code that another attempt has: it is one code, of the last of them.
 */
export function liveCodes(draft: Draft): LiveCode[] {
  const codes = draft.attempts.flatMap(({ id, codeHash, codeLength, codeChance }) =>
    codeHash && codeLength
      ? [{ attemptId: id, hash: codeHash, length: codeLength, chance: codeChance ?? chanceOf(codeLength) }]
      : [],
  )
  return codes.filter(({ hash }, i) => !codes.slice(i + 1).some((later) => later.hash.equals(hash)))
}

/** The codes that enough digits were typed for. Only these are compared. */
export const comparable = (codes: readonly LiveCode[], digits: string): LiveCode[] =>
  codes.filter(({ length }) => length <= digits.length)

/** The chance that one check hits one of these codes: at most the sum of their chances, in millionths. */
export const chanceOfAny = (codes: readonly LiveCode[]): number =>
  codes.reduce((sum, { chance }) => sum + chance, 0)

/**
 * The code that the last digits match, or null; the longest if they match several, and the last of equal
 * ones. `codes`: those comparable with the digits. Compares every one, each in constant time.
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
      if (timingSafeEqual(typed, code.hash) && (!right || code.length >= right.length)) right = code
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
