import { type Attempt, type Draft, record } from '../draft/draft.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import type { MoneyFacts } from './limits.ts'
import { type Daily, newPosting } from './posting.ts'
import { judgeCharge } from './verdict.ts'

/** A day in UTC, `2026-01-31`. */
export const dayOf = (time: Date) => time.toISOString().slice(0, 10)

/**
 * What the draft's next call would cost and what is there to pay it; null where it costs nothing. `superseded`: a verification that
 * the call takes the place of, and what its end gives back.
 */
export function moneyFacts(
  { price, funds, verification }: Draft,
  ending: readonly Draft[] = [],
): MoneyFacts | null {
  if (!price || price.amountMicros === 0n || !verification.livemode) return null
  if (!funds) throw new Error('the change did not lock the funds')
  const { amountMicros: priceMicros, currency } = price
  const back = ending.map(givenBack)
  const sum = (of: (one: ReturnType<typeof givenBack>) => bigint) =>
    back.reduce((total, one) => total + of(one), 0n)
  return {
    priceMicros,
    currency,
    availableMicros: funds.availableMicros + sum((one) => one.micros),
    spentTodayMicros: funds.spentTodayMicros - sum((one) => one.ofTodayMicros),
  }
}

/** What is set aside for calls that nobody pays for if the verification ends now without approval. */
function givenBack({ attempts, now }: Draft): { micros: bigint; ofTodayMicros: bigint } {
  const released = attempts.filter((attempt) => {
    if (attempt.charge !== 'reserved') return false
    return attempt.status === 'queued' || judgeCharge(attempt, 'cancelled', false) === 'release'
  })
  const total = (some: readonly Attempt[]) =>
    some.reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0n), 0n)
  const ofToday = released.filter(({ createdAt }) => dayOf(createdAt) === dayOf(now))
  return { micros: total(released), ofTodayMicros: total(ofToday) }
}

/** Whether the tenant can pay for one more call. */
export function canReserve(draft: Draft): boolean {
  const facts = moneyFacts(draft)
  return !facts || facts.availableMicros >= facts.priceMicros
}

/** Gives a queued attempt the price that stands now and, in live mode, sets it aside. The caller has seen to it that it is there. */
export function reserve(draft: Draft, attempt: Attempt): void {
  const { price } = draft
  if (!price) return
  attempt.priceMicros = price.amountMicros
  attempt.priceCurrency = price.currency
  attempt.pricePer = price.per
  attempt.charge = 'reserved'
  post(draft, attempt, 'reserve')
}

/**
 * Takes or gives back what was set aside, wherever an attempt or the verification has come to a point that decides it. `typed`: the
 * attempt whose code has just been.
 */
export function settle(draft: Draft, typed: string | null = null): void {
  const open = draft.attempts.filter((attempt) => attempt.charge === 'reserved')
  for (const attempt of open) {
    const verdict = judgeCharge(attempt, draft.verification.status, attempt.id === typed)
    if (verdict !== 'keep') endReservation(draft, attempt, verdict)
  }
}

/** Ends a reservation for good. */
export function endReservation(draft: Draft, attempt: Attempt, end: 'capture' | 'release'): void {
  attempt.charge = end === 'capture' ? 'captured' : 'released'
  attempt.settledAt = draft.now
  post(draft, attempt, end)
}

const MOVES = {
  reserve: { from: 'funds', to: 'reserved', event: 'billing.reserved' },
  capture: { from: 'reserved', to: 'revenue', event: 'billing.captured' },
  release: { from: 'reserved', to: 'funds', event: 'billing.released' },
} as const

function post(draft: Draft, attempt: Attempt, kind: keyof typeof MOVES): void {
  const { tenantId, livemode } = draft.verification
  const { priceMicros: amountMicros, priceCurrency: currency } = attempt
  if (!livemode || !amountMicros || !currency) return
  const { from, to, event } = MOVES[kind]
  const common = { ownerId: tenantId, from, to, amountMicros, currency, kind }
  const daily = moveFunds(draft, attempt, kind, amountMicros)
  const posting = newPosting(
    { ...common, actor: draft.author.actor, at: draft.now },
    { attemptId: attempt.id, tenantId, daily },
  )
  draft.postings.push(posting)
  record(draft, event, {
    attempt: publicId('attempt', attempt.id),
    ...toMoney(amountMicros, currency),
    ledger: publicId('ledger', posting.id),
  })
}

/** Moves the funds in memory, where they are known, as the posting will in the database. */
function moveFunds(
  { funds, now }: Draft,
  attempt: Attempt,
  kind: keyof typeof MOVES,
  amountMicros: bigint,
): Daily {
  if (kind === 'capture') return { day: dayOf(now), spent: 0n, captured: amountMicros }
  const day = dayOf(attempt.createdAt)
  const micros = kind === 'reserve' ? amountMicros : -amountMicros
  if (funds) {
    funds.availableMicros -= micros
    if (day === dayOf(now)) funds.spentTodayMicros += micros
  } else if (kind === 'reserve') throw new Error('the change did not lock the funds')
  return { day, spent: micros, captured: 0n }
}
