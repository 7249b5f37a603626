import { vi } from 'vitest'

/**
 * An account with this request timeout (milliseconds) gives up when the test says so, not when the time is
 * over.
 */
export const DEADLINE_MS = 54_321

const pending = new Map<NodeJS.Timeout, () => void>()

/** From now on `endDeadlines` ends requests whose account has `DEADLINE_MS`; returns what undoes this. */
export function holdDeadlines(): () => void {
  const real = globalThis.setTimeout
  const held = (run: () => void, ms?: number, ...rest: []) => {
    const timer = real(run, ms, ...rest)
    if (ms === DEADLINE_MS) pending.set(timer, run)
    return timer
  }
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(held as typeof setTimeout)
  return () => {
    spy.mockRestore()
    pending.clear()
  }
}

/** Ends every pending request at its deadline. */
export function endDeadlines(): void {
  const due = [...pending]
  pending.clear()
  for (const [timer, run] of due) {
    clearTimeout(timer)
    run()
  }
}
