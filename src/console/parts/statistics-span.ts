import { invalid } from '../../errors.ts'
import { validate } from '../../input/validate.ts'
import { GROUPINGS, StatisticsQuery } from '../../statistics/schemas.ts'
import type { Member } from '../visit.ts'

export const PATH = '/console/statistics'
const DAY_MS = 86_400_000
const DEFAULT_DAYS = 7
/** Days up to now, each a link. The longest is as long as a span by hour may be. */
export const PRESETS = [1, 7, 31, 92] as const

/** The filters as they stand in the address: days (UTC), both included, and the group. */
export type Filters = Record<'from' | 'to' | 'group_by', string>

export const isTime = (groupBy: string) => groupBy === 'hour' || groupBy === 'day'

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

export function filtersOf({ query }: Member, now = Date.now()): Filters {
  const to = query.to?.trim() || dayOf(now)
  const from = query.from?.trim() || dayOf(now - (DEFAULT_DAYS - 1) * DAY_MS)
  return { from, to, group_by: query.group_by?.trim() || 'day' }
}

/** A span of whole days up to now; times are grouped as suits its length. */
export function presetOf(days: number, groupBy: string, now = Date.now()): Filters {
  const suited = days === 1 ? 'hour' : 'day'
  return {
    from: dayOf(now - (days - 1) * DAY_MS),
    to: dayOf(now),
    group_by: isTime(groupBy) ? suited : groupBy,
  }
}

/** The API's query for the filters, `to` being now for a span that lasts, and its whole days. Throws 422. */
export function toQuery({ from, to, group_by }: Filters, now = Date.now()) {
  const given = { from: `${from}T00:00:00Z`, to: `${to}T00:00:00Z`, group_by }
  const query = validate(StatisticsQuery.required({ from: true, to: true }), given, 'query')
  if (query.from > query.to) throw invalid('to', 'span_backwards')
  const end = query.to.getTime() + DAY_MS
  return {
    from: query.from,
    ...(end <= now && { to: new Date(end) }),
    group_by: query.group_by,
    days: Math.round((end - query.from.getTime()) / DAY_MS),
  }
}

/** The query of the API for the same numbers. */
export function apiQuery(filters: Filters) {
  const { from, to, group_by } = toQuery(filters)
  const whole = (time: Date) => time.toISOString().replace('.000', '')
  return { group_by, from: whole(from), to: to && whole(to) }
}

export { GROUPINGS }
