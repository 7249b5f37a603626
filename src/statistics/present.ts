import { FEEDBACK } from '../values/feedback.ts'
import { toMoney } from '../values/money.ts'
import type { Counts } from './read.ts'
import type { StatisticsRow } from './schemas.ts'
import { quantile } from './times.ts'

/** The counts of a group as clients see them. `currency`: the tenant's. */
export function presentCounts(key: string, counts: Counts, currency: string): StatisticsRow {
  const count = (name: string) => Number(counts.get(name) ?? 0n)
  const [approved, converting] = [count('approved'), count('converting')]
  const costs = moneyOf(counts, 'cost ')
  const costCurrency = costs.has(currency) ? currency : ([...costs.keys()].sort()[0] ?? currency)
  const costMicros = costs.get(costCurrency) ?? 0n
  costs.delete(costCurrency)
  return {
    key: key === '' ? null : key,
    started: count('started'),
    delivered: count('delivered'),
    approved,
    client_checked: count('started') - converting,
    denied: count('denied'),
    failed: count('failed'),
    conversion_percent: converting === 0 ? null : Math.round((approved / converting) * 10_000) / 100,
    seconds_to_deliver: quantilesOf(counts, 'deliver '),
    seconds_to_approve: quantilesOf(counts, 'approve '),
    cost: toMoney(costMicros, costCurrency),
    other_costs: [...costs].sort().map(([code, micros]) => toMoney(micros, code)),
    price: toMoney(moneyOf(counts, 'price ').get(currency) ?? 0n, currency),
    cost_per_approved:
      approved === 0 || costs.size > 0 ? null : toMoney(costMicros / BigInt(approved), costCurrency),
    feedback: Object.fromEntries(
      FEEDBACK.map((reason) => [reason, count(`feedback ${reason}`)]),
    ) as StatisticsRow['feedback'],
  }
}

/** The counts whose names begin so, by the rest of the name. */
function moneyOf(counts: Counts, prefix: string): Map<string, bigint> {
  const found = [...counts].filter(([name, count]) => name.startsWith(prefix) && count !== 0n)
  return new Map(found.map(([name, count]) => [name.slice(prefix.length), count]))
}

function quantilesOf(counts: Counts, prefix: string): { p50: number | null; p95: number | null } {
  const histogram = new Map<number, number>()
  for (const [name, count] of moneyOf(counts, prefix)) histogram.set(Number(name), Number(count))
  const rounded = (share: number) => {
    const seconds = quantile(histogram, share)
    return seconds === null ? null : Math.round(seconds * 1000) / 1000
  }
  return { p50: rounded(0.5), p95: rounded(0.95) }
}
