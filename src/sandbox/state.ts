import type { Calls } from './calls.ts'
import type { Faults } from './faults.ts'

/** What the simulated operators and the handsets share; in memory, gone with the process. */
export type Sandbox = { calls: Calls; faults: Faults; now: () => number }
