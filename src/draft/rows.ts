import type { attempts, phoneCounters, verifications } from '../db/schema/index.ts'

export type Verification = typeof verifications.$inferSelect
export type Attempt = typeof attempts.$inferSelect

type Counted = typeof phoneCounters.$inferSelect

/** A phone's counter, as it is changed in memory. */
export type PhoneCounter = Counted & {
  /** What was counted under another key while SECRET_KEY is rotated; it counts as well, and is never written again. */
  earlier: Pick<Counted, 'starts' | 'wrongGuesses' | 'namedStarts' | 'namedGuesses'>
  changed: boolean
  /** Requesters who were approved in this transaction, as keyed hashes. */
  approved: Buffer[]
}
