import type { ClientContext } from '../context.ts'
import { countedSince } from '../statistics/read.ts'
import { getStatistics } from '../statistics/statistics.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DAYS = 30

export type Counts = { started: number; delivered: number; approved: number; denied: number }
export type Bucket = Counts & { at: Date }

const NONE: Counts = { started: 0, delivered: 0, approved: 0, denied: 0 }

/**
 * Outcomes of verifications, by hour for a day or by day for thirty days. `complete` is false after an upgrade, while
 * the worker has not counted the oldest hours.
 */
export async function countOverTime(
  context: ClientContext,
  span: 'hours' | 'days',
  now = new Date(),
): Promise<{ buckets: Bucket[]; complete: boolean }> {
  const step = span === 'hours' ? HOUR_MS : DAY_MS
  const first = Math.floor(now.getTime() / step) * step - ((span === 'hours' ? 24 : DAYS) - 1) * step
  const counted = (await countedSince(context))?.getTime() ?? 0
  const { data } = await getStatistics(context, {
    from: new Date(Math.max(first, Math.min(counted, now.getTime()))),
    to: now,
    group_by: span === 'hours' ? 'hour' : 'day',
  })
  const found = new Map(data.map((row) => [Date.parse(row.key ?? ''), row]))
  const buckets: Bucket[] = []
  for (let at = first; at <= now.getTime(); at += step) {
    const { started, delivered, approved, denied } = found.get(at) ?? NONE
    buckets.push({ at: new Date(at), started, delivered, approved, denied })
  }
  return { buckets, complete: counted <= first }
}
