import type { MoneyFacts } from '../billing/charge.ts'
import type { Phone } from '../values/phone.ts'
import type { Familiar } from './known.ts'

/** What a start is judged by. Lists hold instants of the last day, oldest first. */
export type StartFacts = {
  now: Date
  livemode: boolean
  phone: Pick<Phone, 'e164' | 'type' | 'range'>
  phoneStarts: readonly Date[]
  /** Those of them that were the requester's own; null where the client names nobody. */
  requesterStarts: readonly Date[] | null
  familiar: Familiar
  /** Verifications of the phone that would live on beside this one, and when the first of them ends. */
  live: { count: number; freeInSeconds: number }
  /** Starts of the last hour by the networks of the end user's address; none where no address was given. */
  networks: readonly (HourCount & { factor: number })[]
  range: HourCount & { startsThisMinute: number }
  /** What the call costs and what there is to pay it; absent: nothing. */
  money?: MoneyFacts | null
}

/** `freeInSeconds`: until the oldest counted minute has left the hour. */
export type HourCount = { starts: number; freeInSeconds: number }
