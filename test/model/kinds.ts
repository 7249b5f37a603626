import fc from 'fast-check'
import type { Channel } from '../../src/channels/channels.ts'
import type { CallStatus } from '../../src/providers/provider.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import type { Mood } from '../../src/sandbox/moods.ts'

type On = { phone: number; back: number }

/** The requester; null: the client names none. */
type By = { who: number | null }

/** One event. `phone`, `back`: it concerns the phone's newest verification, or the one `back` before it. */
export type Action =
  /** `steps`: the channels of its workflow; `voice` has no route. */
  | (By & { do: 'start'; phone: number; maxChecks: number; steps: Channel[] | null })
  /** A job, `copies` times at once; `fitting`: the job that the attempt's status requires. */
  | (On & {
      do: 'job'
      name: 'fitting' | 'place' | 'poll' | 'adopt' | 'check'
      copies: number
      fault: FaultMode | null
      report: CallStatus | null
    })
  /** `hidden`: the operator's records omit the call. */
  | (On & { do: 'die'; asks: boolean; hidden: boolean })
  | { do: 'late' }
  /** `earlier`: not the newest code that the phone received, but one before it. */
  | (On & By & { do: 'confirm'; right: boolean; earlier: number; byPhone: boolean })
  /** The phone calls the number that its verification shows, or the operator takes another phone's call for its. */
  | (On & { do: 'call in'; isOther: boolean })
  | (On & { do: 'retry'; channel: Channel | null })
  | (On & { do: 'cancel' | 'expire' | 'pass' | 'next' })
  /** The current step's wait is over; `copies` workers notice. */
  | (On & { do: 'due'; copies: number })
  | { do: 'sweep' }
  /** From now on the operators answer polls and records oddly; null: correctly. */
  | { do: 'mood'; mood: Mood | null }

const PHONES = 3
const REQUESTERS = 4

/** Operator faults that need no waiting. */
export const FAULTS: FaultMode[] = [
  'http_500',
  'http_500_after_call',
  'reset_before',
  'reset_after_call',
  'garbage_after_call',
  'bad_signature_after_call',
  'refuse',
]
export const REPORTS: CallStatus[] = [
  'no_answer',
  'busy',
  'answered',
  'delivered',
  'unreachable',
  'no_such_number',
]

export const phone = fc.nat(PHONES - 1)
export const on = { phone, back: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(2)) }
export const who = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.nat(REQUESTERS - 1) },
)
export const is = <T extends string>(...names: T[]) => fc.constantFrom(...names)
export const rarely = <T>(values: T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: fc.constantFrom(...values) })

export const earlier = fc.constantFrom(0, 0, 0, 1, 2)

/** A job that goes well. */
export const call = { do: 'job', name: 'fitting', copies: 1, fault: null, report: null } as const
/** Of the newest verification. */
export const back = 0
