import fc from 'fast-check'
import type { Channel } from '../../src/channels/channels.ts'
import type { CallStatus } from '../../src/providers/provider.ts'
import { MOODS, type Mood } from '../../src/sandbox/moods.ts'
import { action } from './actions.ts'
import { type Action, back, call, earlier, FAULTS, is, phone, REPORTS, rarely, who } from './kinds.ts'

const step = fc.array(action, { minLength: 1, maxLength: 4 })

/** Courses that chance alone rarely produces: a call, another call, then a typed code. */
const course = fc
  .record({
    phone,
    who,
    right: fc.boolean(),
    earlier,
    byPhone: fc.boolean(),
    again: fc.constantFrom<Channel | 'none' | null>('none', null, 'sms', 'telegram'),
  })
  .map(({ phone, who, right, earlier, byPhone, again }) => {
    const ring: Action[][] = [[{ ...call, phone, back }]]
    const ringAgain: Action[][] = [
      [{ ...call, report: 'busy', phone, back }],
      [{ do: 'pass', phone, back }],
      [{ do: 'retry', channel: again === 'none' ? null : again, phone, back }],
      ...ring,
    ]
    const typed: Action = { do: 'confirm', right, earlier, byPhone, who, phone, back }
    return [...ring, ...(again === 'none' ? [] : ringAgain), [typed, typed]]
  })

/** A retry while the first call is in progress; then one of the two ends. */
const both = fc
  .record({ phone, report: fc.constantFrom(...REPORTS), copies: fc.constantFrom(1, 2) })
  .map(({ phone, report, copies }): Action[][] => [
    [{ ...call, phone, back }],
    [{ do: 'pass', phone, back }],
    [{ do: 'retry', channel: null, phone, back }],
    [{ ...call, phone, back }],
    [{ ...call, report, copies, phone, back }],
  ])

/**
 * The operator accepts a call whose end stays unknown: polls are unreadable or say nothing until its
 * deadline.
 */
const silence = fc
  .record({
    phone,
    mood: fc.constantFrom<Mood | null>('status_500', 'status_garbage', null),
    right: fc.boolean(),
  })
  .map(({ phone, mood, right }): Action[][] => [
    [{ do: 'start', who: null, phone, maxChecks: 2, steps: null }],
    [{ ...call, phone, back }],
    [{ do: 'mood', mood }],
    [{ do: 'pass', phone, back }],
    [{ do: 'pass', phone, back }],
    [{ ...call, copies: 2, phone, back }],
    [{ do: 'confirm', who: null, byPhone: false, right, earlier: 0, phone, back }, { do: 'sweep' }],
  ])

/**
 * A worker dies before or after placing a call; another looks for the call, and the answer may still come.
 */
const loss = fc
  .record({
    phone,
    asks: fc.boolean(),
    hidden: fc.boolean(),
    looks: fc.constantFrom(1, 2, 4, 4, 5),
    mood: rarely<Mood>([...MOODS]),
  })
  .map(({ phone, asks, hidden, looks, mood }): Action[][] => [
    [{ do: 'mood', mood }],
    [{ do: 'die', asks, hidden, phone, back }],
    ...Array.from({ length: looks }, (): Action[][] => [
      [{ do: 'pass', phone, back }],
      [{ ...call, phone, back }],
    ]).flat(),
    [{ do: 'late' }, { do: 'confirm', right: true, earlier: 0, byPhone: false, who: null, phone, back }],
  ])

/** Two requesters start for the same phone and type codes, each other's too. */
const strangers = fc
  .record({ phone, one: who, other: who, byPhone: fc.boolean(), right: fc.boolean() })
  .map(({ phone, one, other, byPhone, right }): Action[][] => [
    [
      { do: 'start', phone, who: one, maxChecks: 3, steps: null },
      { do: 'start', phone, who: other, maxChecks: 2, steps: ['flash_call', 'flash_call'] },
    ],
    [
      { ...call, phone, back },
      { ...call, phone, back: 1 },
    ],
    [
      { do: 'confirm', earlier: 0, right: false, byPhone, who: one, phone, back: 1 },
      { do: 'confirm', earlier: 0, right, byPhone, who: other, phone, back },
      { do: 'confirm', earlier: 0, right: true, byPhone, who: one, phone, back: 1 },
    ],
  ])

/**
 * Steps one after another: each call ends as reported, or is still in progress when the next step begins, and
 * answers of earlier steps come late.
 */
const fallback = fc
  .record({
    phone,
    report: rarely<CallStatus>(REPORTS),
    fault: rarely(FAULTS),
    on: is('due', 'next'),
    copies: fc.constantFrom(1, 3),
    dies: fc.boolean(),
    right: fc.boolean(),
    earlier,
    steps: fc.constantFrom<Channel[]>(
      ['flash_call', 'voice', 'sms', 'flash_call'],
      ['sms', 'flash_call', 'telegram'],
      ['telegram', 'sms', 'sms'],
    ),
  })
  .map(({ phone, report, fault, on, copies, dies, right, earlier, steps }): Action[][] => {
    const move: Action = on === 'due' ? { do: 'due', copies, phone, back } : { do: 'next', phone, back }
    const first: Action = dies
      ? { do: 'die', asks: true, hidden: false, phone, back }
      : { ...call, fault, copies, phone, back }
    return [
      [{ do: 'start', who: null, phone, maxChecks: 3, steps }],
      [first],
      [{ ...call, report, phone, back }],
      [move, { do: 'sweep' }],
      [{ ...call, copies, phone, back }],
      [{ do: 'late' }, { ...call, report, phone, back }],
      [
        { do: 'due', copies, phone, back },
        { do: 'next', phone, back },
      ],
      [{ ...call, fault, phone, back }],
      [{ do: 'confirm', who: null, byPhone: false, right, earlier, phone, back }],
    ]
  })

/** Nothing reaches the phone, except perhaps the first call: each step gives way at once, the last one fails. */
const unreached = fc
  .record({
    phone,
    first: rarely<CallStatus>(['busy', 'unreachable']),
    steps: fc.constantFrom<Channel[]>(
      ['flash_call', 'sms'],
      ['sms', 'voice', 'telegram'],
      ['sms', 'flash_call'],
    ),
    copies: fc.constantFrom(1, 2),
  })
  .map(({ phone, first, steps, copies }): Action[][] => {
    const refused: Action = { ...call, fault: 'refuse', copies, phone, back }
    return [
      [{ do: 'start', who: null, phone, maxChecks: 2, steps }],
      ...(first ? [[{ ...call, phone, back }], [{ ...call, report: first, phone, back }]] : []),
      ...Array.from({ length: 4 }, (): Action[][] => [[refused], [{ do: 'sweep' }]]).flat(),
    ]
  })

/** A number is shown, perhaps to two requesters, beside other steps; somebody calls it, or nobody does. */
const inbound = fc
  .record({
    phone,
    who,
    other: who,
    before: fc.boolean(),
    again: fc.boolean(),
    isOther: fc.boolean(),
    calls: fc.boolean(),
    copies: fc.constantFrom(1, 3),
    fault: rarely(FAULTS),
    mood: rarely<Mood>(['status_500', 'status_garbage']),
    passes: fc.nat(5),
  })
  .map((it): Action[][] => {
    const { phone, who, other, before, again, isOther, calls, copies, fault, mood, passes } = it
    const steps: Channel[] = before ? ['flash_call', 'inbound_call'] : ['inbound_call', 'flash_call']
    const ask: Action = { ...call, phone, back }
    const askFirst: Action = { ...call, phone, back: 1 }
    const retried: Action[][] = [
      [{ do: 'pass', phone, back }],
      [{ do: 'retry', channel: 'inbound_call', phone, back }],
      [ask],
    ]
    const called: Action[] = calls ? [{ do: 'call in', isOther, phone, back }] : []
    return [
      [
        { do: 'start', who, phone, maxChecks: 2, steps },
        { do: 'start', who: other, phone, maxChecks: 2, steps: ['inbound_call'] },
      ],
      [{ ...ask, fault }, askFirst],
      ...(before ? [[{ do: 'next', phone, back } as Action], [ask]] : []),
      ...(again ? retried : []),
      [...called, { do: 'mood', mood }],
      [{ ...ask, copies }, askFirst, { ...ask, name: 'check' }],
      ...Array.from({ length: passes }, (): Action[] => [{ do: 'pass', phone, back }]),
      [{ do: 'mood', mood: null }],
      [{ ...ask, copies }, askFirst, { do: 'sweep' }],
      [ask, { do: 'confirm', who, byPhone: true, right: false, earlier: 0, phone, back }],
    ]
  })

const block: fc.Arbitrary<Action[][]> = fc.oneof(
  { weight: 6, arbitrary: step.map((one) => [one]) },
  { weight: 1, arbitrary: course },
  { weight: 1, arbitrary: both },
  { weight: 2, arbitrary: loss },
  { weight: 1, arbitrary: silence },
  { weight: 2, arbitrary: strangers },
  { weight: 3, arbitrary: fallback },
  { weight: 2, arbitrary: unreached },
  { weight: 3, arbitrary: inbound },
)

/** Steps; the actions of one step run at the same time. */
export const steps: fc.Arbitrary<Action[][]> = fc
  .array(block, { minLength: 8, maxLength: 20, size: 'max' })
  .map((blocks) => [
    [0, 1, 2].map((phone) => ({ do: 'start' as const, phone, who: null, maxChecks: 1 + phone, steps: null })),
    ...blocks.flat(),
  ])

const start: Action & { do: 'start' } = { do: 'start', phone: 0, who: null, maxChecks: 1, steps: null }
const first = { phone: 0, back: 0 }
const type = { do: 'confirm', earlier: 0, byPhone: false, who: null, ...first } as const

/** A course to each end of a verification or call: chance alone may miss some. */
export const ENDS: Record<string, Action[][]> = {
  approved: [[start], [{ ...call, ...first }], [{ ...type, right: true }]],
  locked: [[start], [{ ...call, ...first }], [{ ...type, right: false }]],
  failed: [[start], [{ ...call, ...first }], [{ ...call, report: 'no_such_number', ...first }]],
  'call called': [
    [{ ...start, steps: ['inbound_call'] }],
    [{ ...call, ...first }],
    [{ do: 'call in', isOther: false, ...first }],
    [{ ...call, ...first }],
  ],
  cancelled: [[start], [{ do: 'cancel', ...first }]],
  expired: [[start], [{ do: 'expire', ...first }]],
}
