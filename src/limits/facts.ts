import type { MoneyFacts } from '../billing/charge.ts'
import type { Channel } from '../channels/channels.ts'
import type { Phone } from '../values/phone.ts'
import type { Familiar } from './known.ts'
import type { Standing } from './standings.ts'

/** The facts for judging a start. Lists hold instants of the last day, oldest first. */
export type StartFacts = {
  now: Date
  livemode: boolean
  phone: Pick<Phone, 'e164' | 'type' | 'range'>
  channel: Channel
  phoneStarts: readonly Date[]
  /** The requester's own starts among them; null if the client names no requester. */
  requesterStarts: readonly Date[] | null
  familiar: Familiar
  standing: Standing | null
  /** Live verifications of the phone beside this one, and seconds until the first of them ends. */
  live: { count: number; freeInSeconds: number }
  /** Starts of the last hour per network of the end user's address; empty without an address. */
  networks: readonly (HourCount & { factor: number })[]
  range: HourCount & { startsThisMinute: number }
  /** The price of the call and the money to pay it; absent or null: free. */
  money?: MoneyFacts | null
}

/** `freeInSeconds`: seconds until the oldest counted minute leaves the hour. */
export type HourCount = { starts: number; freeInSeconds: number }
