import type { ClientContext } from '../context.ts'
import { getTotals } from '../statistics/statistics.ts'

const DAY_MS = 86_400_000

/** Today so far (UTC), and yesterday up to the same time of day. */
export async function compareDays(context: ClientContext, now = new Date()) {
  const midnight = new Date(now.getTime() - (now.getTime() % DAY_MS))
  const before = (time: Date) => new Date(time.getTime() - DAY_MS)
  const [today, yesterday] = await Promise.all([
    getTotals(context, { from: midnight, to: now }),
    getTotals(context, { from: before(midnight), to: before(now) }),
  ])
  return { from: midnight, to: now, today, yesterday }
}
