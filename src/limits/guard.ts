import { appendTenantEvents, type TenantEvent } from '../audit/tenant-chain.ts'
import type { App } from '../context.ts'
import { useIndexPlans } from '../db/index-plans.ts'
import type { PolicyInForce } from './schemas.ts'
import type { RangeEnds } from './weight.ts'

const MINUTES = 60
const CLOSED_MS = 3_600_000
/**
 * A closed range opens once at least half of its last probes, and of at least `PROBES_MIN`, were approved.
 */
const PROBES_MIN = 5
const PROBES_KEPT = 10
const AUTHOR = { actor: 'system', requestId: null }
/** Keeps the lock on a tenant's ranges apart from those on phones and counters. */
const LOCKS = 2
const RANGES_AT_ONCE = 1000
/** Requesters kept per minute of a range, or `min_finished` if larger: more would add no information. */
const WEIGHTS_A_MINUTE = 100

type Minutes = Record<string, Record<string, boolean>>
type Probes = [string, boolean][]
type Row = { livemode: boolean; prefix: string; minutes: Minutes; probes: Probes; deniedUntil: Date | null }
type Guard = PolicyInForce['policy']['conversion_guard']
type Parts = Pick<App, 'db' | 'policies' | 'secrets'>

/**
 * Adds the ends of verifications to their number ranges. A range closes when too few of its requesters are
 * approved, the sign of traffic pumping. It opens when enough probes are approved, or after an hour. Closing
 * and opening early are events of the tenant's chain.
 */
export async function reportEnds(parts: Parts, ends: readonly RangeEnds[]): Promise<void> {
  for (const [tenantId, own] of Map.groupBy(ends, (end) => end.tenantId)) {
    const { policy } = await parts.policies.of(tenantId)
    for (let i = 0; i < own.length; i += RANGES_AT_ONCE) {
      await addToRanges(parts, tenantId, policy.conversion_guard, own.slice(i, i + RANGES_AT_ONCE))
    }
  }
}

async function addToRanges(parts: Parts, tenantId: string, guard: Guard, ends: RangeEnds[]): Promise<void> {
  await parts.db.sql.begin(async (tx) => {
    const keys = ends.map(({ livemode, range }) => ({ tenant_id: tenantId, livemode, prefix: range }))
    const [now, , found] = await Promise.all([
      useIndexPlans(tx),
      tx`select pg_advisory_xact_lock(hashtextextended(${tenantId}, ${LOCKS}))`,
      tx<Row[]>`
        select c.livemode, c.prefix, c.minutes, c.probes, c.denied_until
        from json_to_recordset(${JSON.stringify(keys)}::json) as k (tenant_id uuid, livemode bool, prefix text)
        join prefix_conversions c using (tenant_id, livemode, prefix)`,
    ])
    const known = new Map(found.map((row) => [keyOf(row.livemode, row.prefix), row]))
    const events: TenantEvent[] = []
    const rows = ends.map((end) => {
      const { livemode, range } = end
      const empty = { livemode, prefix: range, minutes: {}, probes: [], deniedUntil: null }
      const row = known.get(keyOf(livemode, range)) ?? empty
      const event = addEnds(row, named(end, parts.secrets), guard, now)
      if (event) events.push(event)
      const { minutes, probes, deniedUntil } = row
      return { livemode, prefix: range, minutes, probes, denied_until: deniedUntil }
    })
    await tx`
      insert into prefix_conversions (tenant_id, livemode, prefix, minutes, probes, denied_until, updated_at)
      select ${tenantId}::uuid, livemode, prefix, minutes, probes, denied_until, now()
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as r (livemode bool, prefix text, minutes jsonb, probes jsonb, denied_until timestamptz)
      order by livemode, prefix
      on conflict (tenant_id, livemode, prefix)
      do update set minutes = excluded.minutes, probes = excluded.probes, denied_until = excluded.denied_until,
        updated_at = excluded.updated_at`
    await appendTenantEvents(tx, tenantId, AUTHOR, events)
  })
}

const keyOf = (livemode: boolean, range: string) => `${livemode} ${range}`

type End = { name: string; approved: boolean; startedAt: number }

/** Replaces addresses, devices and phones by keyed hashes. */
const named = ({ tenantId, byWeight }: RangeEnds, secrets: App['secrets']): End[] =>
  [...byWeight].map(([weight, end]) => ({
    ...end,
    name: secrets.pseudonym(tenantId, weight).toString('hex', 0, 6),
  }))

/** Adds the ends to the row and closes or opens the range. Returns the event, if any. */
function addEnds(row: Row, ends: readonly End[], guard: Guard, now: Date): TenantEvent | null {
  const { livemode, prefix } = row
  row.minutes = addToMinutes(row.minutes, ends, guard, now)
  if (row.deniedUntil && row.deniedUntil > now) {
    const closedAt = row.deniedUntil.getTime() - CLOSED_MS
    row.probes = addProbes(
      row.probes,
      ends.filter(({ startedAt }) => startedAt >= closedAt),
    )
    const approved = row.probes.filter(([, isApproved]) => isApproved).length
    if (row.probes.length < PROBES_MIN || approved * 2 < row.probes.length) return null
    const data = { prefix, livemode, probes: row.probes.length, approved }
    Object.assign(row, { minutes: {}, probes: [], deniedUntil: null })
    return { type: 'policy.guard_opened', data }
  }
  const { finished, approved } = totals(row.minutes)
  if (!guard || finished < guard.min_finished) return null
  if (approved * 100 >= guard.min_approved_percent * finished) return null
  row.probes = []
  row.deniedUntil = new Date(now.getTime() + CLOSED_MS)
  const data = { prefix, livemode, finished, approved, denied_until: row.deniedUntil.toISOString() }
  return { type: 'policy.guard_tripped', data }
}

function addToMinutes(old: Minutes, ends: readonly End[], guard: Guard, now: Date): Minutes {
  const minute = Math.floor(now.getTime() / 60_000)
  const kept = Object.fromEntries(Object.entries(old).filter(([at]) => Number(at) > minute - MINUTES))
  const before = kept[minute]
  // An earlier version stored `[finished, approved]` here.
  const current = before && !Array.isArray(before) ? { ...before } : {}
  const most = Math.max(WEIGHTS_A_MINUTE, guard?.min_finished ?? 0)
  let room = most - Object.keys(current).length
  for (const { name, approved } of ends) {
    if (!(name in current) && room-- <= 0) continue
    current[name] = (current[name] ?? false) || approved
  }
  return { ...kept, [minute]: current }
}

function addProbes(probes: Probes, ends: readonly End[]): Probes {
  const all = new Map(probes)
  for (const { name, approved } of ends) {
    const before = all.get(name) ?? false
    all.delete(name)
    all.set(name, before || approved)
  }
  return [...all].slice(-PROBES_KEPT)
}

/** Requesters with an end in the last hour, and those approved at least once. */
function totals(minutes: Minutes): { finished: number; approved: number } {
  const all = new Map<string, boolean>()
  for (const names of Object.values(minutes)) {
    if (Array.isArray(names)) continue
    for (const [name, approved] of Object.entries(names)) all.set(name, all.get(name) || approved)
  }
  return { finished: all.size, approved: [...all.values()].filter(Boolean).length }
}
