import type { Policy } from './schemas.ts'

/**
 * The chance that one guess hits a code, in millionths: integers, so that sums are exact. Six digits have
 * one, five ten, four a hundred. Longer codes round up to one.
 */
export const chanceOf = (codeLength: number): number => 10 ** Math.max(0, 6 - codeLength)

/** The chance of one guess as the policy counts them: against a code of four digits. */
export const ONE_GUESS = chanceOf(4)

/** A chance as a number of four-digit guesses, for people to read: 0.01 for one of six digits. */
export const inGuesses = (millionths: number): number => millionths / ONE_GUESS

/** The chance of one guess at one of `codes` equally likely codes, in millionths, rounded up. */
export const chanceOfOne = (codes: number): number => Math.ceil(1_000_000 / codes)

/** Wrong guesses a phone and day for which four digits are safe: a chance of 9·10⁻⁴. */
const SAFE_GUESSES = 9

/**
 * The chance that a limit of `guesses` allows, in millionths: of that many four-digit guesses or, where the codes of
 * a pool are easier to guess, of that many guesses at one of them, within 9·10⁻⁴.
 */
export const allowance = (guesses: number, largest: number): number =>
  Math.max(guesses * ONE_GUESS, Math.min(guesses * largest, SAFE_GUESSES * ONE_GUESS))

/**
 * Whether the policy allows so many guesses that their chance at one of `codes` codes is above 9·10⁻⁴. A limit that
 * is switched off or only observed bounds nothing.
 */
export const isGuessable = (codes: number, policy: Guesses): boolean =>
  codes < (codesNeeded(policy) ?? Infinity)

type Guesses = Pick<Policy, 'wrong_guesses_per_phone_day' | 'observe'>

/** How many equally likely codes the policy needs; null if none suffice. */
export function codesNeeded({ wrong_guesses_per_phone_day: guesses, observe }: Guesses): number | null {
  if (guesses === null || observe.includes('wrong_guesses_per_phone_day')) return null
  return Math.ceil((guesses * 10_000) / SAFE_GUESSES)
}
