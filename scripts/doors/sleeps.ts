/** Files that may sleep. Every other test waits for a condition instead. */
const MAY_SLEEP: readonly (readonly [path: string, why: string])[] = [
  ['test/setup/wait.ts', 'waitFor pauses between two checks'],
  ['test/bench/', 'benchmarks measure over seconds'],
  ['test/soak/', 'growth shows over minutes'],
  ['test/faults/', 'it kills processes at random moments'],
  ['test/standalone/doors.test.ts', 'it shows what a sleep looks like'],
  ['test/db/connections.test.ts', 'it gives a pool half a second to do what it must not: reconnect'],
]

const PROMISED_TIMER =
  /new Promise\s*(?:<[^>]*>)?\(\s*(?:async\s*)?\(?\s*(\w+)\s*\)?\s*=>\s*\{?\s*setTimeout\(\s*(?:\1\b|\(\)\s*=>\s*\1\b)/

/** Whether the text sleeps: through `timers/promises`, or a promise that only a timer resolves. */
export const sleeps = (text: string): boolean =>
  PROMISED_TIMER.test(text) || /['"](?:node:)?timers\/promises['"]/.test(text)

/** One line for each test that sleeps. */
export function findSleepers(modules: readonly { path: string; sleeps: boolean }[]): string[] {
  return modules
    .filter(({ path, sleeps }) => sleeps && !MAY_SLEEP.some(([allowed]) => path.startsWith(allowed)))
    .map(
      ({ path }) =>
        `${path} sleeps: wait for a condition (test/setup/wait.ts), or advance a clock of the test's own`,
    )
}
