import type { Hono } from 'hono'
import type { Calls } from './calls.ts'
import type { Plan } from './courses.ts'
import type { Faults } from './faults.ts'

/** What the simulated operators and the handsets share; in memory, gone with the process. */
export type Sandbox = {
  calls: Calls
  faults: Faults
  /** Milliseconds. */
  now: () => number
  /** What an operator does when it is asked for a call to a phone (E.164). Uses up the fault that hits it. */
  plan(operator: string, namespace: string, phone: string): Plan
}

/** An operator's API as the sandbox serves it, under the operator's name. */
// biome-ignore lint/suspicious/noExplicitAny: each keeps what it likes with a request
export type Simulator = (sandbox: Sandbox, operator: string) => Hono<any>
