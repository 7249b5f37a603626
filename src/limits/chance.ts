/**
 * The chance that one guess hits a code, in millionths: integers, so that sums are exact. Six digits have
 * one, five ten, four a hundred. Longer codes round up to one.
 */
export const chanceOf = (codeLength: number): number => 10 ** Math.max(0, 6 - codeLength)

/** The chance of one guess as the policy counts them: against a code of four digits. */
export const ONE_GUESS = chanceOf(4)

/** A chance as a number of four-digit guesses, for people to read: 0.01 for one of six digits. */
export const inGuesses = (millionths: number): number => millionths / ONE_GUESS
