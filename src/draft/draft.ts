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

/** When a worker must look at an attempt at the latest, and the account and line that it holds. */
export type Due = { at: Date; accountId: string; lineHash: Buffer | null }

/** The parts of every draft; other rooms add theirs. */
export interface BareDraft {
  /** Start of the transaction, by the database clock. */
  now: Date
  verification: Verification
  attempts: Attempt[]
  /** The author of the change. */
  author: Author
  events: AuditEvent[]
  /** What changes about when and for what an attempt is due, by its id. */
  due: Map<string, Partial<Due>>
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
    due: new Map(),
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

/** Sets when a worker must look at an attempt, and what it holds from now on. */
export function setDue(draft: Draft, attemptId: string, due: Partial<Due>): void {
  draft.due.set(attemptId, { ...draft.due.get(attemptId), ...due })
}

/** Appends an event to the verification's chain. */
export function record(draft: Draft, type: EventType, data: Record<string, unknown> = {}): void {
  const { verification, events, author, now } = draft
  events.push(appendEvent(verification, events.at(-1), author, now, type, data))
}
