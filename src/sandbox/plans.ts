import type { CallStatus } from '../providers/provider.ts'
import type { FaultMode } from './faults.ts'
import type { Mood } from './moods.ts'

export type Operator = 'telefon-ip' | 'new-tel'

/** How a dialled call goes; times are milliseconds after dialling. */
export type Course = {
  end: CallStatus
  /** When the handset starts to ring; null: it never does. */
  ringsAfterMs: number | null
  endsAfterMs: number
  /** When the operator knows the end. */
  reportedAfterMs: number
  /** The network changes the last digit of the calling number on the way. */
  rewritten: boolean
}

/**
 * What comes back: the documented answer, a refusal (of the phone, or for lack of money), an HTTP 500, an answer that is not the protocol's, a wrong
 * signature, the answer late, a connection reset at once, one that is held and then dropped, one that is only held.
 */
export type AnswerKind =
  | 'normal'
  | 'refusal'
  | 'no_balance'
  | 'http_500'
  | 'garbage'
  | 'bad_signature'
  | 'slow'
  | 'reset'
  | 'drop'
  | 'hang'

/** What a simulated operator does when it is asked for a call. `course` null: it does not dial. */
export type Plan = { course: Course | null; answer: AnswerKind }

const rings: Course = {
  end: 'no_answer',
  ringsAfterMs: 200,
  endsAfterMs: 600,
  reportedAfterMs: 600,
  rewritten: false,
}
const silent: Course = { ...rings, ringsAfterMs: null }

/** The special phones that both operators know; any other rings and is not answered. */
const SPECIAL: Readonly<Record<string, Plan>> = {
  '+79000000001': { course: { ...rings, end: 'busy' }, answer: 'normal' },
  '+79000000002': { course: { ...rings, end: 'answered' }, answer: 'normal' },
  '+79000000003': { course: { ...silent, end: 'no_such_number' }, answer: 'normal' },
  '+79000000004': { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
  '+79000000006': { course: rings, answer: 'drop' },
  '+79000000007': { course: null, answer: 'refusal' },
  '+79000000008': { course: { ...rings, reportedAfterMs: 20_000 }, answer: 'normal' },
  '+79000000009': { course: { ...rings, rewritten: true }, answer: 'normal' },
}
/** The first operator of the sandbox's route fails for this phone, the next works. */
const FAILS_AT_FIRST = '+79000000005'

const BY_FAULT: Record<Exclude<FaultMode, Mood>, Plan> = {
  http_500: { course: null, answer: 'http_500' },
  http_500_after_call: { course: rings, answer: 'http_500' },
  reset_before: { course: null, answer: 'reset' },
  reset_after_call: { course: rings, answer: 'reset' },
  hang: { course: null, answer: 'hang' },
  hang_after_call: { course: rings, answer: 'hang' },
  slow_after_call: { course: rings, answer: 'slow' },
  garbage_after_call: { course: rings, answer: 'garbage' },
  bad_signature_after_call: { course: rings, answer: 'bad_signature' },
  refuse: { course: null, answer: 'refusal' },
  silent_drop: { course: silent, answer: 'normal' },
  unreachable: { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
  undetermined: { course: { ...rings, reportedAfterMs: Number.POSITIVE_INFINITY }, answer: 'normal' },
  down: { course: null, answer: 'http_500' },
  no_balance: { course: null, answer: 'no_balance' },
}

/** What an operator does with a phone (E.164): an injected fault first, then the special phones. */
export function planFor(operator: Operator, phone: string, fault: Exclude<FaultMode, Mood> | null): Plan {
  if (fault) return BY_FAULT[fault]
  if (phone === FAILS_AT_FIRST && operator === 'telefon-ip') return BY_FAULT.http_500
  return SPECIAL[phone] ?? { course: rings, answer: 'normal' }
}
