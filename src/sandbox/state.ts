import type { Hono } from 'hono'
import type { Channel } from '../channels/channels.ts'
import type { Calls } from './calls.ts'
import type { Plan } from './courses.ts'
import type { Faults } from './faults.ts'

/** The state that simulated operators and handsets share. In memory: it ends with the process. */
export type Sandbox = {
  calls: Calls
  faults: Faults
  /** Milliseconds. */
  now: () => number
  /** The operator's plan for what is requested for a phone (E.164). Uses up the fault that affects it. */
  plan(operator: string, namespace: string, phone: string, channel: Channel): Plan
}

/** An operator's API, served by the sandbox under the operator's name. */
// biome-ignore lint/suspicious/noExplicitAny: each simulator has its own request variables
export type Simulator = (sandbox: Sandbox, operator: string) => Hono<any>
