import { randomInt, timingSafeEqual } from 'node:crypto'
import { CHANNEL_FACTS, type Channel } from '../channels/channels.ts'
import { keepsCode } from '../channels/reached.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt, Verification } from '../draft/rows.ts'
import { chanceOf } from '../limits/chance.ts'
import type { Secrets } from '../secrets.ts'
import { nextStep } from './workflow.ts'

/** `chance`: of one guess to hit it, in millionths. */
export type LiveCode = { attemptId: string; hash: Buffer; length: number; chance: number }

/**
 * The codes of all attempts that reached the phone or may have. Each of them is right. An operator may choose
 * a code that another attempt has: it is one code, of the last of them.
 */
export function liveCodes(draft: Draft): LiveCode[] {
  const codes = draft.attempts.flatMap((attempt) => {
    const { id, codeHash, codeLength, codeChance } = attempt
    if (!isLive(attempt) || !codeHash || !codeLength) return []
    return [{ attemptId: id, hash: codeHash, length: codeLength, chance: codeChance ?? chanceOf(codeLength) }]
  })
  return codes.filter(({ hash }, i) => !codes.slice(i + 1).some((later) => later.hash.equals(hash)))
}

/**
 * Whether the attempt has a code that may be typed. One that did not reach the phone keeps the hash of its code
 * to know its record at the operator, but its code is not right.
 */
export const isLive = ({
  channel,
  status,
  endedAt,
  codeHash,
}: Pick<Attempt, 'channel' | 'status' | 'endedAt' | 'codeHash'>): boolean =>
  codeHash !== null && (endedAt === null || keepsCode(channel, status))

/** Adds lengths that codes of the verification can have. */
export function addLengths(verification: Verification, lengths: readonly number[]): void {
  const known = verification.codeLengths ?? []
  if (lengths.every((length) => known.includes(length))) return
  verification.codeLengths = [...new Set([...known, ...lengths])].sort((a, b) => a - b)
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

/** Whether a code will exist soon: a call that brings one is in progress or about to be. */
export function expectsCode({ verification, attempts, now }: Draft): boolean {
  if (hasCode(verification.channel)) return true
  if (attempts.some(({ channel, endedAt }) => endedAt === null && hasCode(channel))) return true
  const next = nextStep(verification)
  return next !== null && hasCode(next.channel) && verification.nextAt !== null && verification.nextAt <= now
}

const hasCode = (channel: Channel) => !CHANNEL_FACTS[channel].codeOrigins.includes('none')
