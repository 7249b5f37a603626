import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { App } from '../context.ts'
import type { RangeEnds } from '../routing/observations.ts'
import type { PolicyInForce } from './schemas.ts'

const MINUTES = 60
const DENIED_MINUTES = 60
const AUTHOR = { actor: 'system', requestId: null }

type Row = { minutes: Record<string, [number, number]>; deniedUntil: Date | null }

/**
 * Adds how verifications ended to their number ranges, and denies a range for an hour once too few of them were approved:
 * the sign of calls that are made for somebody's gain. Each denial is an event of the tenant's chain.
 */
export async function reportEnds(
  { db, policies }: Pick<App, 'db' | 'policies'>,
  ends: readonly RangeEnds[],
): Promise<void> {
  const byTenant = Map.groupBy(ends, (end) => end.tenantId)
  for (const [tenantId, own] of byTenant) {
    const inForce = await policies.of(tenantId)
    await db.sql.begin(async (tx) => {
      const [clock] = await tx<{ now: Date }[]>`select now() as now`
      const now = clock?.now as Date
      const events = []
      for (const end of own.sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
        const { livemode, range } = end
        const [row] = await tx<Row[]>`
          insert into prefix_conversions as c (tenant_id, livemode, prefix, minutes, updated_at)
          values (${tenantId}, ${livemode}, ${range}, '{}', now())
          on conflict (tenant_id, livemode, prefix) do update set updated_at = excluded.updated_at
          returning minutes, denied_until`
        if (!row) continue
        const minutes = addEnds(row.minutes, end, now)
        const tripped = isTripped(inForce, minutes, row.deniedUntil, now)
        const until = tripped ? new Date(now.getTime() + DENIED_MINUTES * 60_000) : row.deniedUntil
        await tx`
          update prefix_conversions set minutes = ${JSON.stringify(minutes)}::jsonb, denied_until = ${until}
          where tenant_id = ${tenantId} and livemode = ${livemode} and prefix = ${range}`
        if (!tripped) continue
        const { finished, approved } = totals(minutes)
        const data = { prefix: range, livemode, finished, approved, denied_until: until?.toISOString() }
        events.push({ type: 'policy.guard_tripped', data })
      }
      await appendTenantEvents(tx, tenantId, AUTHOR, events)
    })
  }
}

const key = (end: RangeEnds) => `${end.livemode} ${end.range}`

function addEnds(old: Row['minutes'], { finished, approved }: RangeEnds, now: Date): Row['minutes'] {
  const minute = Math.floor(now.getTime() / 60_000)
  const kept = Object.fromEntries(Object.entries(old).filter(([at]) => Number(at) > minute - MINUTES))
  const [finishedBefore, approvedBefore] = kept[minute] ?? [0, 0]
  return { ...kept, [minute]: [finishedBefore + finished, approvedBefore + approved] }
}

function totals(minutes: Row['minutes']): { finished: number; approved: number } {
  return Object.values(minutes).reduce(
    (sum, [finished, approved]) => ({ finished: sum.finished + finished, approved: sum.approved + approved }),
    { finished: 0, approved: 0 },
  )
}

function isTripped(
  { policy }: PolicyInForce,
  minutes: Row['minutes'],
  deniedUntil: Date | null,
  now: Date,
): boolean {
  const guard = policy.conversion_guard
  if (!guard || (deniedUntil && deniedUntil > now)) return false
  const { finished, approved } = totals(minutes)
  return finished >= guard.min_finished && approved * 100 < guard.min_approved_percent * finished
}
