/** `npm run bench -- --quick`: whether every part works, in a fraction of the time. Its figures mean nothing and are not kept. */
export const QUICK = process.argv.includes('--quick')

export const ROUNDS = QUICK ? 1 : 3

/** Seconds, or a number of things, in a quick run at most a tenth. */
export const scaled = (full: number): number => (QUICK ? Math.max(1, Math.floor(full / 10)) : full)
