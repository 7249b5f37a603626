import { timingSafeEqual } from 'node:crypto'
import type { Secrets } from '../secrets.ts'
import type { Draft } from './draft.ts'

/** The digits of a code or a calling number in any usual notation; null where it holds anything else, or no digit. */
export function digitsOf(input: string): string | null {
  // Superscripts, fractions and the like: whoever pasted them did not mean digits.
  if (/[\p{No}\p{Nl}]/u.test(input)) return null
  // Contacts and web pages put invisible marks around numbers.
  const text = input.normalize('NFKC').replace(/\p{Cf}/gu, '')
  if (!/^[\d\s()+.\-/\u2010-\u2015\u2212]*$/.test(text)) return null
  return text.replace(/\D/g, '') || null
}

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
