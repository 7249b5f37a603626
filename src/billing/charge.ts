import type { Channel } from '../channels/channels.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import type { Funds } from './funds.ts'
import { type Daily, newPosting } from './posting.ts'
import { judgeCharge } from './verdict.ts'

/** The price of a call and the money to pay it. */
export type MoneyFacts = {
  priceMicros: bigint
  currency: string
  availableMicros: bigint
  spentTodayMicros: bigint
}

/** The day in UTC, as `2026-01-31`. */
export const dayOf = (time: Date) => time.toISOString().slice(0, 10)

/**
 * The price of the draft's next call over a channel and the money to pay it; null if it is free. The call
 * replaces the draft's own queued ones, and the verifications `ending`: their releases count as available.
 */
export function moneyFacts(
  draft: Draft<'call'>,
  channel: Channel,
  ending: readonly Draft[] = [],
): MoneyFacts | null {
  const { funds, prices } = draft.call
  const price = prices.get(channel)
  if (!funds || !price || price.amountMicros === 0n) return null
  const { amountMicros: priceMicros, currency } = price
  const queued = draft.attempts.filter(({ status }) => status === 'queued')
  const releases = [{ ...draft, attempts: queued }, ...ending].map(releasable)
  const sum = (of: (one: ReturnType<typeof releasable>) => bigint) =>
    releases.reduce((total, one) => total + of(one), 0n)
  return {
    priceMicros,
    currency,
    availableMicros: funds.availableMicros + sum((one) => one.micros),
    spentTodayMicros: funds.spentTodayMicros - sum((one) => one.ofTodayMicros),
  }
}

/** The holds that are released if the verification ends now without approval. */
function releasable({ attempts, now }: Draft): { micros: bigint; ofTodayMicros: bigint } {
  const released = attempts.filter((attempt) => {
    if (attempt.charge !== 'reserved') return false
    return attempt.status === 'queued' || judgeCharge(attempt, 'cancelled', false) === 'release'
  })
  const total = (some: readonly Attempt[]) =>
    some.reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0n), 0n)
  const ofToday = released.filter(({ createdAt }) => dayOf(createdAt) === dayOf(now))
  return { micros: total(released), ofTodayMicros: total(ofToday) }
}

/** Whether the tenant can pay for another call over a channel. */
export function canReserve(draft: Draft<'call'>, channel: Channel): boolean {
  const facts = moneyFacts(draft, channel)
  return !facts || facts.availableMicros >= facts.priceMicros
}

/** Sets the current price on a queued attempt; in live mode, takes the hold. The caller checks the funds. */
export function reserve(draft: Draft<'call'>, attempt: Attempt): void {
  const { call, now } = draft
  const price = call.prices.get(attempt.channel)
  if (!price) return
  const { amountMicros, currency, per } = price
  attempt.priceMicros = amountMicros
  attempt.priceCurrency = currency
  // Whether a code that the client compares was right is never learnt: it is due once the phone was reached.
  const isCheckedHere = draft.verification.compatCredentialId === null
  attempt.pricePer = per === 'approved' && !isCheckedHere ? 'delivered' : per
  attempt.charge = 'reserved'
  if (!call.funds || amountMicros === 0n) return
  move(call.funds, amountMicros, { isToday: true })
  post(draft, attempt, 'reserve', { day: dayOf(now), spent: amountMicros, captured: 0n })
}

/**
 * Captures or releases each hold whose attempt or verification has reached a decisive status. `typed`: the
 * attempt whose code was just submitted.
 */
export function settle(draft: Draft, typed: string | null = null): void {
  const open = draft.attempts.filter((attempt) => attempt.charge === 'reserved')
  for (const attempt of open) {
    const verdict = judgeCharge(attempt, draft.verification.status, attempt.id === typed)
    if (verdict !== 'keep') endHold(draft, attempt, verdict)
  }
}

/** Ends a hold for good. */
export function endHold(draft: Draft, attempt: Attempt, end: 'capture' | 'release'): void {
  attempt.charge = end === 'capture' ? 'captured' : 'released'
  attempt.settledAt = draft.now
  const amountMicros = attempt.priceMicros ?? 0n
  if (end === 'capture') {
    post(draft, attempt, end, { day: dayOf(draft.now), spent: 0n, captured: amountMicros })
    return
  }
  const day = dayOf(attempt.createdAt)
  if (draft.funds) move(draft.funds, -amountMicros, { isToday: day === dayOf(draft.now) })
  post(draft, attempt, end, { day, spent: -amountMicros, captured: 0n })
}

const MOVES = {
  reserve: { from: 'funds', to: 'reserved', event: 'billing.reserved' },
  capture: { from: 'reserved', to: 'revenue', event: 'billing.captured' },
  release: { from: 'reserved', to: 'funds', event: 'billing.released' },
} as const

function post(draft: Draft, attempt: Attempt, kind: keyof typeof MOVES, daily: Daily): void {
  const { tenantId, livemode } = draft.verification
  const { priceMicros: amountMicros, priceCurrency: currency } = attempt
  if (!livemode || !amountMicros || !currency) return
  const { from, to, event } = MOVES[kind]
  const common = { ownerId: tenantId, from, to, amountMicros, currency, kind }
  const posting = newPosting(
    { ...common, actor: draft.author.actor, at: draft.now },
    { verificationId: draft.verification.id, attemptId: attempt.id, tenantId, daily },
  )
  draft.postings.push(posting)
  record(draft, event, {
    attempt: publicId('attempt', attempt.id),
    ...toMoney(amountMicros, currency),
    ledger: publicId('ledger', posting.id),
  })
}

/** Updates the funds in memory, as the posting will in the database. */
function move(funds: Funds, micros: bigint, { isToday }: { isToday: boolean }): void {
  funds.availableMicros -= micros
  if (isToday) funds.spentTodayMicros += micros
}
