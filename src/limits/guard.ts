import { appendTenantEvents, type TenantEvent } from '../audit/tenant-chain.ts'
import type { App } from '../context.ts'
import { findByIndex } from '../db/by-index.ts'
import type { Db } from '../db/client.ts'
import type { RangeEnds } from '../routing/observations.ts'
import type { PolicyInForce } from './schemas.ts'

const MINUTES = 60
const DENIED_MINUTES = 60
const AUTHOR = { actor: 'system', requestId: null }
/** Sets the lock on a tenant's ranges apart from those on phones and counters. */
const LOCKS = 2
const RANGES_AT_ONCE = 1000

type Counted = { minutes: Record<string, [number, number]>; deniedUntil: Date | null }
type Row = Counted & { livemode: boolean; prefix: string }

/**
 * Adds how verifications ended to their number ranges, and denies a range for an hour once too few of them were approved:
 * the sign of calls that are made for somebody's gain. Each denial is an event of the tenant's chain.
 */
export async function reportEnds(
  { db, policies }: Pick<App, 'db' | 'policies'>,
  ends: readonly RangeEnds[],
): Promise<void> {
  for (const [tenantId, own] of Map.groupBy(ends, (end) => end.tenantId)) {
    const { policy } = await policies.of(tenantId)
    for (let i = 0; i < own.length; i += RANGES_AT_ONCE) {
      await addToRanges(db, tenantId, policy.conversion_guard, own.slice(i, i + RANGES_AT_ONCE))
    }
  }
}

type Guard = PolicyInForce['policy']['conversion_guard']

async function addToRanges(db: Db, tenantId: string, guard: Guard, ends: RangeEnds[]): Promise<void> {
  await db.sql.begin(async (tx) => {
    const keys = ends.map(({ livemode, range }) => ({ tenant_id: tenantId, livemode, prefix: range }))
    const [now, , found] = await Promise.all([
      findByIndex(tx),
      tx`select pg_advisory_xact_lock(hashtextextended(${tenantId}, ${LOCKS}))`,
      tx<Row[]>`
        select c.livemode, c.prefix, c.minutes, c.denied_until
        from json_to_recordset(${JSON.stringify(keys)}::json) as k (tenant_id uuid, livemode bool, prefix text)
        join prefix_conversions c using (tenant_id, livemode, prefix)`,
    ])
    const known = new Map(found.map((row) => [keyOf(row.livemode, row.prefix), row]))
    const events: TenantEvent[] = []
    const rows = ends.map((end) => {
      const { livemode, range } = end
      const row = known.get(keyOf(livemode, range))
      const minutes = addEnds(row?.minutes ?? {}, end, now)
      const deniedUntil = row?.deniedUntil ?? null
      if (!isTripped(guard, minutes, deniedUntil, now)) {
        return { livemode, prefix: range, minutes, denied_until: deniedUntil }
      }
      const until = new Date(now.getTime() + DENIED_MINUTES * 60_000)
      const data = { prefix: range, livemode, ...totals(minutes), denied_until: until.toISOString() }
      events.push({ type: 'policy.guard_tripped', data })
      return { livemode, prefix: range, minutes, denied_until: until }
    })
    await tx`
      insert into prefix_conversions (tenant_id, livemode, prefix, minutes, denied_until, updated_at)
      select ${tenantId}::uuid, livemode, prefix, minutes, denied_until, now()
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as r (livemode bool, prefix text, minutes jsonb, denied_until timestamptz)
      order by livemode, prefix
      on conflict (tenant_id, livemode, prefix)
      do update set minutes = excluded.minutes, denied_until = excluded.denied_until, updated_at = excluded.updated_at`
    await appendTenantEvents(tx, tenantId, AUTHOR, events)
  })
}

const keyOf = (livemode: boolean, range: string) => `${livemode} ${range}`

function addEnds(old: Counted['minutes'], { finished, approved }: RangeEnds, now: Date): Counted['minutes'] {
  const minute = Math.floor(now.getTime() / 60_000)
  const kept = Object.fromEntries(Object.entries(old).filter(([at]) => Number(at) > minute - MINUTES))
  const [finishedBefore, approvedBefore] = kept[minute] ?? [0, 0]
  return { ...kept, [minute]: [finishedBefore + finished, approvedBefore + approved] }
}

function totals(minutes: Counted['minutes']): { finished: number; approved: number } {
  return Object.values(minutes).reduce(
    (sum, [finished, approved]) => ({ finished: sum.finished + finished, approved: sum.approved + approved }),
    { finished: 0, approved: 0 },
  )
}

function isTripped(guard: Guard, minutes: Counted['minutes'], deniedUntil: Date | null, now: Date): boolean {
  if (!guard || (deniedUntil && deniedUntil > now)) return false
  const { finished, approved } = totals(minutes)
  return finished >= guard.min_finished && approved * 100 < guard.min_approved_percent * finished
}
