import { type Author, appendEvent, type EventType } from '../audit/append.ts'
import type { AuditEvent } from '../audit/chain.ts'
import type { Funds } from '../billing/funds.ts'
import type { Posting } from '../billing/posting.ts'
import type { CostLists } from '../billing/prices/cost-lists.ts'
import type { Price } from '../billing/prices/price-lists.ts'
import type { attempts, phoneCounters, verifications } from '../db/schema/index.ts'
import type { PolicyInForce } from '../limits/schemas.ts'
import type { StartCounters } from '../limits/start-counters.ts'
import type { Job } from '../queue/jobs.ts'
import type { Access } from '../routing/access.ts'
import type { Observation } from '../routing/observations.ts'
import type { RoutedAccount } from '../routing/routing.ts'

export type Verification = typeof verifications.$inferSelect
export type Attempt = typeof attempts.$inferSelect
/** `earlier`: what was counted under another key while SECRET_KEY is rotated; counts as well, and is never written again. */
export type PhoneCounter = typeof phoneCounters.$inferSelect & {
  earlier: Pick<typeof phoneCounters.$inferSelect, 'starts' | 'wrongGuesses' | 'namedStarts' | 'namedGuesses'>
}
export type VerificationStatus = Verification['status']
export type AttemptStatus = Attempt['status']

/**
 * A verification while its row is locked, with its attempts in order. A verb's decision changes it in memory;
 * what it changed is then written, with the events, in one transaction. Decisions do no I/O.
 */
export type Draft = {
  /** Start of the transaction, by the database clock. */
  now: Date
  verification: Verification
  attempts: Attempt[]
  /** The phone's counter, where the change asked for it. */
  counter: PhoneCounter | null
  /** The tenant's policy, where the change asked for the counter. */
  policy: PolicyInForce | null
  /** The counters that a start or retry is judged by, where the change asked for them. */
  startCounters: StartCounters | null
  /** The accounts that may serve the phone, where the change asked for them. */
  route: readonly RoutedAccount[]
  /** Which of them may be asked now, where the change asked for it. */
  access: Access | null
  /** What a further call would cost the tenant, where the change may queue one; null: nothing. */
  price: Price | null
  /** Whether the change may queue a call: it asked for what that costs, and for the money that would be set aside. */
  mayCall: boolean
  /** The tenant's money, locked, where a change of the group may set some aside and the draft can touch it. */
  funds: Funds | null
  /** What operators charge, where the change may end a call. */
  costs: CostLists | null
  /** Who is known for the phone, since it was approved in this change; null: nobody. */
  approvedBy: Buffer | null
  author: Author
  events: AuditEvent[]
  /** Movements of money; written with the rest. */
  postings: Posting[]
  /** Queued once the transaction is committed. */
  jobs: Job[]
  /** What was learnt about accounts; counts once the transaction is committed. */
  observations: Observation[]
}

/** Appends an event to the verification's chain. A change without an event is not written. */
export function record(draft: Draft, type: EventType, data: Record<string, unknown> = {}): void {
  draft.events.push(appendEvent(draft.verification, draft.author, draft.now, type, data))
}
