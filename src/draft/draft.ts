import type { AuditEvent } from '../audit/chain.ts'
import type { Call } from '../billing/call.ts'
import type { Funds } from '../billing/funds.ts'
import type { Posting } from '../billing/posting.ts'
import type { CostLists } from '../billing/prices/cost-lists.ts'
import type { Guesses } from '../limits/guesses.ts'
import type { Starts } from '../limits/start-counters.ts'
import type { Job } from '../queue/jobs.ts'
import type { Access } from '../routing/access.ts'
import type { Observation } from '../routing/observations.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import { type Author, appendEvent, type EventType } from './append.ts'
import type { Attempt, Verification } from './rows.ts'

/** What a decision can ask for beside the verification and its attempts, each loaded and locked by the room it comes from. */
export type Slices = {
  /** The phone's counter, the tenant's policy, and what is known of the requester. */
  guesses: Guesses
  /** The counters of starts. */
  starts: Starts
  /** The accounts that may serve the phone, in order. */
  route: readonly RoutedAccount[]
  /** The same accounts, and which of them may be asked now. */
  access: Access & { route: readonly RoutedAccount[] }
  /** What operators charge. A decision that may end a call needs it. */
  costs: CostLists
  /** What one more call costs the tenant, and the money for it. A decision that may queue a call needs it. */
  call: Call
}

export type Need = keyof Slices

/**
 * A verification while its row is locked, with its attempts in order, and the slices that the decision asked for. A decision changes
 * in memory what the draft holds; what it changed is then written, with the events, in one transaction. Decisions do no I/O.
 */
export type Draft<N extends Need = never> = Readonly<BareDraft & Pick<Slices, N>>

export type BareDraft = {
  /** Start of the transaction, by the database clock. */
  now: Date
  verification: Verification
  attempts: Attempt[]
  /** Who changes it. */
  author: Author
  /** The tenant's money, where a neighbour in the group may set some aside and this draft may give some back. */
  funds: Funds | null
  events: AuditEvent[]
  /** Movements of money; written with the rest. */
  postings: Posting[]
  /** Queued once the transaction is committed. */
  jobs: Job[]
  /** What was learnt about accounts; counts once the transaction is committed. */
  observations: Observation[]
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
