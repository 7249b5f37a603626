/**
 * `npm run bench -- --quick` only checks that every part works. Its figures mean nothing and are not kept.
 */
export const QUICK = process.argv.includes('--quick')

export const ROUNDS = QUICK ? 1 : 3

/** Scales seconds or counts: a quick run takes at most a tenth. */
export const scaled = (full: number): number => (QUICK ? Math.max(1, Math.floor(full / 10)) : full)
