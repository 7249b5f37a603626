import type { attempts, phoneCounters, verifications } from '../db/schema/index.ts'

export type Verification = Omit<typeof verifications.$inferSelect, 'outcome'>
export type Attempt = Omit<typeof attempts.$inferSelect, 'endedCall'>

type Counted = Omit<typeof phoneCounters.$inferSelect, 'updatedHour'>

/** A phone's counter, changed in memory. */
export type PhoneCounter = Counted & {
  /**
   * Counts under other keys during a rotation of SECRET_KEY. They still count, and are never written again.
   */
  earlier: Pick<Counted, 'starts' | 'wrongGuesses' | 'namedStarts' | 'namedGuesses'>
  changed: boolean
  /** Keyed hashes of requesters approved in this transaction. */
  approved: Buffer[]
}
