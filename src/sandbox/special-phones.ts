import type { Channel } from '../channels/channels.ts'
import { type Course, type Plan, rings, silent } from './courses.ts'
import type { Dialect } from './dialects.ts'

/** What is asked of an operator. `isFirst`: test calls try it first. `phone`: E.164. */
export type Asked = { isFirst: boolean; phone: string; channel: Channel }

type Special = {
  what: string
  plan: Plan
  /** Only the first operator of the sandbox's route is special; the next works. */
  atFirst?: true
  /** The plan of the operators after the first, if it differs. */
  later?: Plan
  /** Only these channels are special; all by default. */
  channels?: readonly Channel[]
}

const spoken = (dialect: Dialect): Plan => ({ course: rings, answer: 'normal', dialect })

const VANISHES: Course = { ...silent, end: 'unknown', reportedAfterMs: Number.POSITIVE_INFINITY }
const ARRIVES_LATE: Course = { ...rings, ringsAfterMs: 40_000, endsAfterMs: 40_000, reportedAfterMs: 40_000 }

/**
 * The phones with special behaviour, at every operator. Any other phone rings and does not answer, and gets
 * its messages within half a second.
 */
export const SPECIAL_PHONES: Readonly<Record<string, Special>> = {
  '+79000000001': { what: 'busy', plan: { course: { ...rings, end: 'busy' }, answer: 'normal' } },
  '+79000000002': { what: 'answered', plan: { course: { ...rings, end: 'answered' }, answer: 'normal' } },
  '+79000000003': {
    what: 'no such number',
    plan: { course: { ...silent, end: 'no_such_number' }, answer: 'normal' },
  },
  '+79000000004': {
    what: 'unreachable through every operator',
    plan: { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
  },
  '+79000000005': {
    what: 'the first operator fails with HTTP 500 without calling; the next works',
    plan: { course: null, answer: 'http_500' },
    atFirst: true,
  },
  '+79000000006': {
    what: 'the operator calls, but its answer never arrives',
    plan: { course: rings, answer: 'drop' },
  },
  '+79000000007': { what: 'every operator refuses (daily limit)', plan: { course: null, answer: 'refusal' } },
  '+79000000008': {
    what: 'the status stays undetermined for 20 s',
    plan: { course: { ...rings, reportedAfterMs: 20_000 }, answer: 'normal' },
  },
  '+79000000009': {
    what: 'the network changes the last digit of the calling number, so the typed code is wrong',
    plan: { course: { ...rings, rewritten: true }, answer: 'normal' },
  },
  '+79000000010': {
    what: 'every flash call vanishes: the first operator never reports an end, the next reports the phone as unreachable; messages arrive',
    plan: { course: VANISHES, answer: 'normal' },
    later: { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
    channels: ['flash_call'],
  },
  '+79000000011': {
    what: 'inbound calls work; no call or message arrives',
    plan: { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
    channels: ['flash_call', 'voice', 'sms', 'telegram'],
  },
  '+79000000012': {
    what: 'an SMS arrives after 40 s',
    plan: { course: ARRIVES_LATE, answer: 'normal' },
    channels: ['sms'],
  },
  '+79000000101': { what: 'answers begin with a byte-order mark', plan: spoken('bom') },
  '+79000000102': {
    what: 'answers are compressed although the request did not ask for it',
    plan: spoken('gzip'),
  },
  '+79000000103': { what: 'numbers and flags come as text', plan: spoken('strings') },
  '+79000000104': {
    what: 'codes, ids and phones come as numbers, without their leading zeros',
    plan: spoken('numbers'),
  },
  '+79000000105': { what: 'statuses contain only the decisive members', plan: spoken('bare') },
  '+79000000106': {
    what: 'statuses also contain odd prices, times, flags and phones',
    plan: spoken('odd'),
  },
  '+79000000107': {
    what: 'statuses are words: "Вызов выполняется", then "Абонент не отвечает"',
    plan: spoken('words'),
  },
  '+79000000108': {
    what: 'statuses are words: "Вызов выполняется", then "Абонент занят"',
    plan: { ...spoken('words'), course: { ...rings, end: 'busy' } },
  },
  '+79000000109': {
    what: 'the first operator’s address answers with an HTML page and HTTP 404; the next operator works',
    plan: { course: null, answer: 'html_404' },
    atFirst: true,
  },
  '+79000000110': {
    what: 'the first operator refuses without a reason; the next works',
    plan: { course: null, answer: 'bare_refusal' },
    atFirst: true,
  },
}

/** The plan for a special phone; null for any other phone, and where the phone is not special. */
export function specialPlan({ isFirst, phone, channel }: Asked): Plan | null {
  const special = Object.hasOwn(SPECIAL_PHONES, phone) ? SPECIAL_PHONES[phone] : undefined
  if (!special || (special.atFirst && !isFirst)) return null
  if (special.channels?.includes(channel) === false) return null
  return (!isFirst && special.later) || special.plan
}
