import type { AuditEvent } from '../audit/chain.ts'
import type { Author } from '../context.ts'
import type { Job } from '../queue/jobs.ts'
import { appendEvent, type EventType } from './append.ts'
import type { Attempt, Verification } from './rows.ts'

/**
 * What a decision can ask for beside the verification and its attempts. The room that loads and locks a slice adds it:
 * `declare module '../draft/draft.ts' { interface Slices { … } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: others add to it
export interface Slices {}

export type Need = keyof Slices

/**
 * A verification while its row is locked, with its attempts in order, and the slices that the decision asked for. A decision changes
 * in memory what the draft holds; what it changed is then written, with the events, in one transaction. Decisions do no I/O.
 */
export type Draft<N extends Need = never> = Readonly<BareDraft & Pick<Slices, N>>

/** What every draft holds; limits, billing and routing add theirs. */
export interface BareDraft {
  /** Start of the transaction, by the database clock. */
  now: Date
  verification: Verification
  attempts: Attempt[]
  /** Who changes it. */
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

/** Appends an event to the verification's chain. A change without an event is not written. */
export function record(draft: Draft, type: EventType, data: Record<string, unknown> = {}): void {
  draft.events.push(appendEvent(draft.verification, draft.author, draft.now, type, data))
}
