/** Who may let time pass: tests wait for what they expect to happen instead. */
const MAY_SLEEP: readonly (readonly [path: string, why: string])[] = [
  ['test/setup/wait.ts', 'waitFor pauses between two questions'],
  ['test/bench/', 'a figure is measured over seconds'],
  ['test/soak/', 'what grows is seen over minutes'],
  ['test/faults/', 'processes are killed at random moments'],
  ['test/standalone/doors.test.ts', 'it shows what a sleep looks like'],
  ['test/db/connections.test.ts', 'a pool has half a second to do what it must not: reconnect'],
]

const PROMISED_TIMER =
  /new Promise\s*(?:<[^>]*>)?\(\s*(?:async\s*)?\(?\s*(\w+)\s*\)?\s*=>\s*\{?\s*setTimeout\(\s*(?:\1\b|\(\)\s*=>\s*\1\b)/

/** Whether the text lets time pass: by `timers/promises`, or by a promise that only a timer resolves. */
export const sleeps = (text: string): boolean =>
  PROMISED_TIMER.test(text) || /['"](?:node:)?timers\/promises['"]/.test(text)

/** One line for each test that sleeps. */
export function findSleepers(modules: readonly { path: string; sleeps: boolean }[]): string[] {
  return modules
    .filter(({ path, sleeps }) => sleeps && !MAY_SLEEP.some(([allowed]) => path.startsWith(allowed)))
    .map(
      ({ path }) =>
        `${path} sleeps: wait for a condition (test/setup/wait.ts), or let a clock of the test's own pass`,
    )
}
