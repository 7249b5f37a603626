import { type Plan, rings, silent } from './courses.ts'
import type { Dialect } from './dialects.ts'

type Special = {
  what: string
  plan: Plan /** The first operator of the sandbox's route alone; the next works. */
  atFirst?: true
}

const spoken = (dialect: Dialect): Plan => ({ course: rings, answer: 'normal', dialect })

/** The phones that behave specially, at every operator; any other rings and is not answered. */
export const SPECIAL_PHONES: Readonly<Record<string, Special>> = {
  '+79000000001': { what: 'busy', plan: { course: { ...rings, end: 'busy' }, answer: 'normal' } },
  '+79000000002': { what: 'answered', plan: { course: { ...rings, end: 'answered' }, answer: 'normal' } },
  '+79000000003': {
    what: 'no such number',
    plan: { course: { ...silent, end: 'no_such_number' }, answer: 'normal' },
  },
  '+79000000004': {
    what: 'network not available, at every operator',
    plan: { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
  },
  '+79000000005': {
    what: 'the first operator fails with HTTP 500 and has not called; the next works',
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
    what: 'the phone rings with the last digit rewritten on the way: the typed code is wrong',
    plan: { course: { ...rings, rewritten: true }, answer: 'normal' },
  },
  '+79000000101': { what: 'answers begin with a byte-order mark', plan: spoken('bom') },
  '+79000000102': { what: 'answers are compressed, though not asked to be', plan: spoken('gzip') },
  '+79000000103': { what: 'numbers and flags come as text', plan: spoken('strings') },
  '+79000000104': {
    what: 'codes, ids and phones come as numbers, without their leading zeros',
    plan: spoken('numbers'),
  },
  '+79000000105': { what: 'statuses hold only what decides', plan: spoken('bare') },
  '+79000000106': {
    what: 'statuses hold odd prices, times, flags and phones beside what decides',
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
    what: 'the first operator refuses without saying why; the next works',
    plan: { course: null, answer: 'bare_refusal' },
    atFirst: true,
  },
}

/** What an operator does with a special phone (E.164); null for any other, and where only the first operator is special. */
export function specialPlan(isFirst: boolean, phone: string): Plan | null {
  const special = Object.hasOwn(SPECIAL_PHONES, phone) ? SPECIAL_PHONES[phone] : undefined
  return special && (!special.atFirst || isFirst) ? special.plan : null
}
