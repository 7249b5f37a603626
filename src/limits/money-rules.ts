import type { MoneyFacts } from '../billing/charge.ts'
import { parseAmount, toAmount } from '../values/money.ts'
import type { Breach } from './breach.ts'

/** The money rules a call breaks: the tenant's daily spend limit, and its balance. */
export function moneyBreaches(
  { spend_per_day }: { spend_per_day: string | null },
  facts: MoneyFacts | null,
  now: Date,
): Breach[] {
  if (!facts) return []
  const { priceMicros, availableMicros, spentTodayMicros } = facts
  const breaches: Breach[] = []
  const bound = spend_per_day === null ? null : parseAmount(spend_per_day)
  if (bound && 'micros' in bound && spentTodayMicros + priceMicros > bound.micros) {
    breaches.push({
      rule: 'spend_per_day',
      code: 'rate_limited',
      counter: toAmount(spentTodayMicros),
      threshold: toAmount(bound.micros),
      windowSeconds: null,
      retryAfterSeconds: secondsToMidnight(now),
    })
  }
  if (availableMicros < priceMicros) {
    breaches.push({
      rule: 'balance',
      code: 'insufficient_balance',
      counter: toAmount(availableMicros),
      threshold: toAmount(priceMicros),
      windowSeconds: null,
      retryAfterSeconds: null,
    })
  }
  return breaches
}

const DAY_MS = 86_400_000

function secondsToMidnight(now: Date): number {
  return Math.max(1, Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000))
}
