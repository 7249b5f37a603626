import type { ClientContext } from '../context.ts'
import { invalid } from '../errors.ts'
import { csvTable } from '../export/csv.ts'
import { FEEDBACK } from '../values/feedback.ts'
import { presentCounts } from './present.ts'
import { readCounts } from './read.ts'
import type { StatisticsQuery, StatisticsRow, StatisticsView } from './schemas.ts'
import { floorHour } from './spans.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 31
const SKEW_MS = 60_000
const DAYS_MAX = { hour: 92, others: 1100 }

/**
 * How the tenant's verifications of a span did, by group: hours and days in their order, other groups by their starts.
 * Throws 422 for a span that is too long or ends before it begins.
 */
export async function getStatistics(context: ClientContext, query: StatisticsQuery): Promise<StatisticsView> {
  const { group_by } = query
  const to = query.to ?? new Date()
  // The clock that dates verifications may be ahead of ours.
  const end = query.to ?? new Date(to.getTime() + SKEW_MS)
  const from = query.from ?? new Date(floorHour(to.getTime() - DEFAULT_DAYS * DAY_MS))
  const days = group_by === 'hour' ? DAYS_MAX.hour : DAYS_MAX.others
  if (from > to) throw invalid('to', 'span_backwards')
  if (to.getTime() - from.getTime() > days * DAY_MS) throw invalid('from', 'span_days', { days })
  const [groups, { currency }] = await Promise.all([
    readCounts(context, { groupBy: group_by, from, to: end }),
    context.priceLists.of(context.actor.tenantId),
  ])
  const data = [...groups].map(([key, counts]) => presentCounts(key, counts, currency))
  const isTime = group_by === 'hour' || group_by === 'day'
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    group_by,
    data: data.sort(isTime ? byKey : byStarts),
  }
}

/** The same for all verifications of a span in one group. `to`: default now. */
export async function getTotals(
  context: ClientContext,
  { from, to = new Date(Date.now() + SKEW_MS) }: { from: Date; to?: Date | undefined },
): Promise<StatisticsRow> {
  const [groups, { currency }] = await Promise.all([
    readCounts(context, { groupBy: 'total', from, to }),
    context.priceLists.of(context.actor.tenantId),
  ])
  return presentCounts('', groups.get('') ?? new Map(), currency)
}

const byKey = (a: StatisticsRow, b: StatisticsRow) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1)
const byStarts = (a: StatisticsRow, b: StatisticsRow) => b.started - a.started || byKey(a, b)

const FILE = csvTable({
  key: 'text',
  started: 'plain',
  delivered: 'plain',
  approved: 'plain',
  denied: 'plain',
  failed: 'plain',
  conversion_percent: 'plain',
  seconds_to_deliver_p50: 'plain',
  seconds_to_deliver_p95: 'plain',
  seconds_to_approve_p50: 'plain',
  seconds_to_approve_p95: 'plain',
  cost: 'plain',
  cost_currency: 'plain',
  price: 'plain',
  price_currency: 'plain',
  cost_per_approved: 'plain',
  ...(Object.fromEntries(FEEDBACK.map((reason) => [reason, 'plain'])) as Record<
    (typeof FEEDBACK)[number],
    'plain'
  >),
  client_checked: 'plain',
})

/** The same as a CSV file. */
export async function* exportStatistics({ data }: StatisticsView): AsyncIterable<string> {
  yield FILE.header() +
    data
      .map(
        ({
          seconds_to_deliver,
          seconds_to_approve,
          cost,
          other_costs,
          price,
          cost_per_approved,
          feedback,
          ...row
        }) =>
          FILE.line({
            ...row,
            seconds_to_deliver_p50: seconds_to_deliver.p50,
            seconds_to_deliver_p95: seconds_to_deliver.p95,
            seconds_to_approve_p50: seconds_to_approve.p50,
            seconds_to_approve_p95: seconds_to_approve.p95,
            // No single sum where the currencies differ.
            cost: other_costs.length > 0 ? null : cost.amount,
            cost_currency: other_costs.length > 0 ? null : cost.currency,
            price: price.amount,
            price_currency: price.currency,
            cost_per_approved: cost_per_approved?.amount ?? null,
            ...feedback,
          }),
      )
      .join('')
}
