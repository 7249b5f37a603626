import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Price } from '../../src/billing/prices/price-lists.ts'
import { type EndedStatus, endAttempt } from '../../src/calls/outcome.ts'
import { CHANNELS, type Channel } from '../../src/channels/channels.ts'
import type { Attempt } from '../../src/draft/rows.ts'
import { STRANGE } from '../../src/limits/known.ts'
import { newCounter } from '../../src/limits/phone-counters.ts'
import { DEFAULT_POLICY } from '../../src/limits/schemas.ts'
import { decideMoveOn, decideNext } from '../../src/verifications/next.ts'
import { decideRetry } from '../../src/verifications/retry.ts'
import { isFinal, toCalling } from '../../src/verifications/state.ts'
import { beginCall } from '../../src/verifications/step.ts'
import { draftOf } from './drafts.ts'

const ENDS = ['no_answer', 'busy', 'unreachable', 'no_such_number', 'rejected', 'failed', 'unknown'] as const
/** Written out here, so that the code cannot confirm itself: ends that prove that no phone was reached. */
const PROVEN: readonly string[] = [
  'unreachable',
  'no_such_number',
  'rejected',
  'failed',
  'released',
  'queued',
]
/** Of a call that speaks the code, and of a message, these prove it, too. */
const UNHEARD: readonly string[] = ['no_answer', 'busy']

type Action =
  | { do: 'place'; code: boolean }
  | { do: 'end'; nth: number; status: EndedStatus }
  | { do: 'wait'; seconds: number }
  | { do: 'wake' | 'next' }

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('place' as const), code: fc.boolean() }),
  fc.record({ do: fc.constant('end' as const), nth: fc.nat(4), status: fc.constantFrom(...ENDS, 'unknown') }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 29, 31, 31) }),
  fc.record({ do: fc.constantFrom('wake' as const, 'wake' as const, 'next' as const) }),
)

const course = fc.record({
  channels: fc.array(fc.constantFrom<Channel>('flash_call', 'flash_call', 'voice', 'sms'), {
    minLength: 1,
    maxLength: 5,
  }),
  served: fc.subarray<Channel>(['voice', 'sms']),
  allowed: fc.option(fc.subarray<Channel>(['voice', 'sms'])),
  starts: fc.option(fc.integer({ min: 1, max: 4 })),
  funds: fc.integer({ min: 1, max: 6 }),
  actions: fc.array(action, { maxLength: 30, size: 'max' }),
})

function open({
  channels,
  served,
  allowed,
  starts,
  funds,
}: Omit<typeof course extends fc.Arbitrary<infer T> ? T : never, 'actions'>) {
  const workflow = channels.map((channel) => ({ channel, wait_seconds: 30 }))
  const first = channels[0] ?? 'flash_call'
  const bare = draftOf({ livemode: true, workflow, channel: first })
  const money = {
    tenantId: bare.verification.tenantId,
    currency: 'RUB',
    availableMicros: BigInt(funds),
    spentTodayMicros: 0n,
  }
  const price = (channel: Channel): Price => ({
    prefix: '+7',
    channel,
    currency: 'RUB',
    amountMicros: channel === 'sms' ? 2n : 1n,
    validFrom: new Date(0),
    per: 'delivered',
  })
  const policy = {
    ...DEFAULT_POLICY,
    starts_per_phone_10m: starts,
    starts_per_phone_hour: null,
    starts_per_phone_day: null,
    phone_pause_seconds: null,
    starts_kept_for_known: null,
    allow_channels: allowed && [...allowed, first],
  }
  const key = { tenantId: money.tenantId, livemode: true, phoneKey: Buffer.alloc(16) }
  const draft = {
    ...bare,
    funds: money,
    guesses: {
      policy: { policy, set: new Set<string>(), guarded: new Map<string, Date>(), hasStandings: false },
      counter: newCounter(key),
      familiar: STRANGE,
      standing: null,
    },
    starts: { range: { minutes: {}, earlier: [], changed: false }, networks: [] },
    served: new Map([...served, first].map((channel) => [channel, []])),
    call: { prices: new Map(CHANNELS.map((channel) => [channel, price(channel)])), funds: money },
    route: [],
    costs: {} as never,
  }
  beginCall(draft, first)
  return draft
}

type World = ReturnType<typeof open>

function act(draft: World, todo: Action): void {
  switch (todo.do) {
    case 'place': {
      const queued = draft.attempts.find(({ status }) => status === 'queued')
      if (!queued) return
      Object.assign(queued, { status: 'placed', placingAt: draft.now, placedAt: draft.now })
      queued.codeHash = todo.code ? Buffer.alloc(32) : null
      queued.codeLength = todo.code ? 4 : null
      toCalling(draft)
      return
    }
    case 'end': {
      const placed = draft.attempts.filter(({ status }) => status === 'placed')
      const attempt = placed[todo.nth % Math.max(1, placed.length)]
      // As the operators' outcomes: nothing is proven about an accepted call that ends unknown.
      if (attempt) endAttempt(draft, attempt, { status: todo.status, assumed: false, detail: '' })
      return
    }
    case 'wait':
      draft.now = new Date(draft.now.getTime() + todo.seconds * 1000)
      return
    case 'wake':
      decideMoveOn(draft)
      return
    case 'next':
      decideNext(draft)
  }
}

const ofStep = (calls: readonly Attempt[], step: number | undefined) =>
  calls.filter((call) => call.step === step)

/** A step begins only when asked for, when its time came, or on proof. */
function checkMove(before: World, after: World, todo: Action): void {
  const began = after.attempts.length > before.attempts.length
  if (!began) return
  const left = ofStep(before.attempts, before.attempts.at(-1)?.step)
  const isProven = left.every(
    ({ channel, status }) =>
      PROVEN.includes(status) || (channel !== 'flash_call' && UNHEARD.includes(status)),
  )
  const { nextAt } = before.verification
  expect(['wake', 'next']).toContain(todo.do)
  if (todo.do === 'wake') expect(nextAt && nextAt <= before.now).toBe(true)
  const counted = after.guesses.counter.starts.length - before.guesses.counter.starts.length
  expect(counted, 'starts counted').toBe(isProven ? 0 : 1)
  expect(after.attempts.at(-1)?.step).toBeGreaterThan(left.at(-1)?.step ?? -1)
  const { status } = before.verification
  const isCalling = before.attempts.some((each) => each.status === 'placed')
  expect(after.verification.status).toBe(status === 'calling' && !isCalling ? 'pending' : status)
}

function check(draft: World, funds: number): void {
  const { verification, attempts, now } = draft
  const { workflow, step, nextAt, status } = verification
  const channels = new Set(draft.attempts.map(({ channel }) => channel))
  for (const channel of channels) expect([...draft.served.keys()]).toContain(channel)
  for (const each of attempts) expect(each.channel).toBe(workflow?.[each.step]?.channel)
  expect(new Set(attempts.map((each) => each.step)).size, 'a step begins once').toBe(attempts.length)
  expect(attempts.filter((each) => each.status === 'queued').length).toBeLessThanOrEqual(1)
  if (nextAt !== null) expect(workflow?.[step + 1]).toBeDefined()
  if (isFinal(status)) {
    expect(nextAt).toBe(null)
    expect(attempts.some((each) => each.status === 'queued')).toBe(false)
  }
  if (status === 'failed') expect(attempts.filter((each) => each.endedAt === null)).toEqual([])
  const held = attempts
    .filter(({ charge }) => charge !== 'released')
    .reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0n), 0n)
  expect(draft.call.funds.availableMicros).toBe(BigInt(funds) - held)
  for (const each of attempts) if (each.status === 'released') expect(each.charge).toBe('released')
  const isWaiting = nextAt !== null || attempts.some((each) => each.endedAt === null)
  const mayBeTyped = attempts.some(
    (each) => each.codeHash !== null || (each.status === 'unknown' && each.placedAt !== null),
  )
  if (['pending', 'calling'].includes(status) && verification.expiresAt > now) {
    expect(isWaiting || mayBeTyped, 'something can still happen').toBe(true)
  }
}

it('steps begin in order, once, for a reason; money and limits follow; every verification ends in time', () => {
  fc.assert(
    fc.property(course, ({ actions, ...start }) => {
      const draft = open(start)
      const funds = start.funds
      check(draft, funds)
      for (const todo of actions) {
        const before = structuredClone({ ...draft, served: undefined, route: undefined }) as unknown as World
        act(draft, todo)
        checkMove(before, draft, todo)
        check(draft, funds)
      }
      draft.now = new Date(draft.verification.expiresAt.getTime())
      decideMoveOn(draft)
      expect(isFinal(draft.verification.status)).toBe(true)
      check(draft, funds)
    }),
    { numRuns: 1000 },
  )
})

const plain = { served: ['voice', 'sms'] as Channel[], allowed: null, starts: null, funds: 9 }

/** A verification whose first call rang, and may be retried. */
function rung(channels: Channel[]): World {
  const draft = open({ ...plain, channels })
  act(draft, { do: 'place', code: true })
  act(draft, { do: 'end', nth: 0, status: 'no_answer' })
  act(draft, { do: 'wait', seconds: 31 })
  return draft
}

it('a step with another after it queues a job for the end of its wait', () => {
  const waiting = ({ jobs }: World) =>
    jobs.filter(({ name }) => name === 'next').map(({ delayMs }) => delayMs)
  expect(waiting(open({ ...plain, channels: ['flash_call', 'sms'] }))).toEqual([30_000])
  expect(waiting(open({ ...plain, channels: ['flash_call'] }))).toEqual([])
})

const stateOf = ({ verification: { step, channel, nextAt }, attempts }: World) => ({
  step,
  channel,
  waits: nextAt !== null,
  calls: attempts.map((each) => `${each.step} ${each.channel}`),
})

it('a retry over the channel of a later step is that step; over another channel it stays in the current one', () => {
  const later = rung(['flash_call', 'voice', 'sms', 'voice'])
  expect(decideRetry(later, 'sms').kind).toBe('queued')
  expect(stateOf(later)).toEqual({ step: 2, channel: 'sms', waits: true, calls: ['0 flash_call', '2 sms'] })
  expect(later.events.map(({ type }) => type)).toContain('step.begun')

  const last = rung(['flash_call', 'sms'])
  decideRetry(last, 'sms')
  expect(stateOf(last)).toMatchObject({ step: 1, waits: false })

  const other = rung(['flash_call', 'sms'])
  decideRetry(other, 'voice')
  expect(stateOf(other)).toEqual({
    step: 0,
    channel: 'voice',
    waits: true,
    calls: ['0 flash_call', '0 voice'],
  })

  const same = rung(['flash_call', 'sms', 'flash_call'])
  decideRetry(same, 'flash_call')
  expect(stateOf(same)).toMatchObject({ step: 0, channel: 'flash_call', waits: true })
})

it('a step whose call was lost, and may have rung, keeps its wait', () => {
  const draft = open({ ...plain, channels: ['flash_call', 'sms'] })
  act(draft, { do: 'place', code: false })
  for (const attempt of draft.attempts) attempt.placedAt = null
  const { nextAt } = draft.verification
  act(draft, { do: 'wait', seconds: 1 })
  act(draft, { do: 'end', nth: 0, status: 'unknown' })
  expect(draft.verification).toMatchObject({ status: 'calling', nextAt })
})
