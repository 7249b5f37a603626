import type { StatisticsQuery, StatisticsRow } from '../../statistics/schemas.ts'

/** The list of the verifications that a group counts as started. `from`, `to`: the days of the span, both included. */
export function verificationsOf(
  { from, to }: { from: string; to: string },
  groupBy: StatisticsQuery['group_by'],
  key: StatisticsRow['key'],
): string {
  const known = key ?? ''
  const filters = {
    hour: { hour: known.slice(0, 13) },
    day: { from: known, to: known },
  }
  const group = key === null ? { unknown: groupBy } : { [groupBy]: key }
  const own = groupBy === 'hour' || groupBy === 'day' ? filters[groupBy] : { from, to, ...group }
  return `/console/verifications?${new URLSearchParams({ ...own, status: 'started' })}`
}
