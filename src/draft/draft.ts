import type { AuditEvent } from '../audit/chain.ts'
import type { Author } from '../context.ts'
import type { Job } from '../queue/jobs.ts'
import { appendEvent, type EventType } from './append.ts'
import type { Attempt, Verification } from './rows.ts'

/**
 * What a decision can need besides the verification and its attempts. The room that loads and locks a slice
 * adds it: `declare module '../draft/draft.ts' { interface Slices { … } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: other rooms add to it
export interface Slices {}

export type Need = keyof Slices

/**
 * A verification while its row is locked, its attempts in order, and the slices the decision needs. A
 * decision changes the draft in memory and does no I/O; its changes and events are then written in one
 * transaction.
 */
export type Draft<N extends Need = never> = Readonly<BareDraft & Pick<Slices, N>>

/** The parts of every draft; other rooms add theirs. */
export interface BareDraft {
  /** Start of the transaction, by the database clock. */
  now: Date
  verification: Verification
  attempts: Attempt[]
  /** The author of the change. */
  author: Author
  events: AuditEvent[]
  /** Queued once the transaction is committed. */
  jobs: Job[]
}

/** An empty draft around a verification row. */
export function newDraft(now: Date, verification: Verification): BareDraft {
  return {
    now,
    verification,
    attempts: [],
    author: { actor: 'system', requestId: null },
    funds: null,
    events: [],
    postings: [],
    jobs: [],
    observations: [],
  }
}

/** Makes jobs that are not part of a trace yet part of this one. */
export function traceJobs(drafts: readonly Pick<Draft, 'jobs'>[], trace: string | undefined): void {
  if (!trace) return
  for (const job of drafts.flatMap(({ jobs }) => jobs))
    if (job.name !== 'deliver') job.payload.trace ??= trace
}

/** Appends an event to the verification's chain. */
export function record(draft: Draft, type: EventType, data: Record<string, unknown> = {}): void {
  draft.events.push(appendEvent(draft.verification, draft.author, draft.now, type, data))
}
