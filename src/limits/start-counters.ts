import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Secrets } from '../secrets.ts'
import { networksOf } from '../values/networks.ts'
import type { StartClaim } from './start-claim.ts'

declare module '../draft/draft.ts' {
  interface Slices {
    /** The counters of starts. */
    starts: StartCounters
  }
}

/** Starts of the last hour under one key of a tenant and mode, by minute. */
export type StartCounter = {
  minutes: Record<string, number>
  /** Counts under other keys during a rotation of SECRET_KEY. */
  earlier: StartCounter[]
  changed: boolean
}

/** The counters of a start. A network's limit is multiplied by `factor`. */
export type StartCounters = { range: StartCounter; networks: { counter: StartCounter; factor: number }[] }

/** `earlierKeys`: its names under other keys during a rotation of SECRET_KEY. */
type CounterKey = { tenantId: string; livemode: boolean; key: string; earlierKeys?: string[] }

const MINUTES = 60
/** Keeps the locks on counters apart from those on phones. */
const LOCKS = 1

const rangeKey = (range: string) => `prefix ${range}`

/** The counters of an end user's address, one per network. A network's limit is multiplied by `factor`. */
function ipKeys(
  secrets: Secrets,
  tenantId: string,
  ip: string,
): (Pick<CounterKey, 'key' | 'earlierKeys'> & { factor: number })[] {
  const keyOf = (pseudonym: Buffer) => `ip ${pseudonym.toString('hex')}`
  return networksOf(ip).map(({ name, factor }) => ({
    key: keyOf(secrets.pseudonym(tenantId, name)),
    earlierKeys: secrets.formerPseudonyms(tenantId, name).map(keyOf),
    factor,
  }))
}

const nameOf = ({ tenantId, livemode, key }: CounterKey) => `${tenantId} ${livemode ? 'l' : 't'} ${key}`

type Held = { key: CounterKey; counter: StartCounter }

/**
 * Locks the counters of starts in one order everywhere; resolves to them in the order of `claims`. Sends its
 * statements in the tick of the call.
 */
export async function lockStarts(
  tx: Tx,
  secrets: Secrets,
  claims: readonly Omit<StartClaim, 'channel'>[],
): Promise<{ starts: StartCounters[]; save(): Statement<object[]>[] }> {
  const held = new Map<string, Held>()
  function hold({ earlierKeys = [], ...key }: CounterKey): StartCounter {
    const known = held.get(nameOf(key))
    if (known) return known.counter
    const counter: StartCounter = { minutes: {}, earlier: [], changed: false }
    held.set(nameOf(key), { key, counter })
    counter.earlier = earlierKeys.map((earlierKey) => hold({ ...key, key: earlierKey }))
    return counter
  }
  const starts = claims.map(({ tenantId, livemode, phone, clientIp }) => {
    const networks = clientIp ? ipKeys(secrets, tenantId, clientIp) : []
    return {
      range: hold({ tenantId, livemode, key: rangeKey(phone.range) }),
      networks: networks.map(({ factor, ...key }) => ({
        counter: hold({ tenantId, livemode, ...key }),
        factor,
      })),
    }
  })
  const sorted = [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => ({ name, ...each }))
  for (const row of await lock(tx, sorted)) {
    const found = held.get(nameOf(row))
    if (found) found.counter.minutes = row.minutes
  }
  return { starts, save: () => save(tx, sorted) }
}

type Row = CounterKey & { minutes: Record<string, number> }

/** Takes advisory locks by name: a new counter has no row to lock yet. */
async function lock(tx: Tx, sorted: readonly (Held & { name: string })[]): Promise<Row[]> {
  if (sorted.length === 0) return []
  const keys = sorted.map(({ key: { tenantId, livemode, key } }) => ({ tenant_id: tenantId, livemode, key }))
  const [, rows] = await Promise.all([
    tx`
      select pg_advisory_xact_lock(key) from (
        select distinct hashtextextended(name, ${LOCKS}) as key
        from unnest(${sorted.map(({ name }) => name)}::text[]) as name order by key) as keys`,
    tx<Row[]>`
      select c.tenant_id, c.livemode, c.key, c.minutes
      from json_to_recordset(${JSON.stringify(keys)}::json) as k (tenant_id uuid, livemode bool, key text)
      join start_counters c using (tenant_id, livemode, key)`,
  ])
  return rows
}

function save(tx: Tx, sorted: readonly Held[]): Statement<object[]>[] {
  const changed = sorted
    .filter(({ counter }) => counter.changed)
    .map(({ key: { tenantId, livemode, key }, counter }) => ({
      tenant_id: tenantId,
      livemode,
      key,
      minutes: counter.minutes,
    }))
  if (changed.length === 0) return []
  return [
    tx`
    insert into start_counters (tenant_id, livemode, key, minutes, updated_at)
    select tenant_id, livemode, key, minutes, now()
    from json_to_recordset(${JSON.stringify(changed)}::json)
      as k (tenant_id uuid, livemode bool, key text, minutes jsonb)
    on conflict (tenant_id, livemode, key)
    do update set minutes = excluded.minutes, updated_at = excluded.updated_at`,
  ]
}

const minuteOf = (now: Date) => Math.floor(now.getTime() / 60_000)

/** Calls `visit` with each minute of the last hour and its count, under every key. */
function visitHour(counter: StartCounter, now: Date, visit: (minute: number, count: number) => void): void {
  const oldest = minuteOf(now) - MINUTES
  for (const [text, count] of Object.entries(counter.minutes)) {
    const minute = Number(text)
    if (minute >= oldest) visit(minute, count)
  }
  for (const each of counter.earlier) visitHour(each, now, visit)
}

/** Starts in the last hour. The oldest minute counts whole, so that no hour exceeds the limit. */
export function countOf(counter: StartCounter, now: Date): number {
  let sum = 0
  visitHour(counter, now, (_minute, count) => {
    sum += count
  })
  return sum
}

/** Seconds until the oldest counted minute leaves the hour. */
export function freeInSeconds(counter: StartCounter, now: Date): number {
  let oldest = Number.POSITIVE_INFINITY
  visitHour(counter, now, (minute) => {
    oldest = Math.min(oldest, minute)
  })
  if (!Number.isFinite(oldest)) return 1
  return Math.max(1, Math.ceil(((oldest + MINUTES + 1) * 60_000 - now.getTime()) / 1000))
}

/** Starts in the current minute. */
export function countOfMinute(counter: StartCounter, now: Date): number {
  const minute = minuteOf(now)
  return [counter, ...counter.earlier].reduce((sum, { minutes }) => sum + (minutes[minute] ?? 0), 0)
}

/** Counts a start now, and forgets what is over an hour old. */
export function addStart(counter: StartCounter, now: Date): void {
  const minute = minuteOf(now)
  for (const text of Object.keys(counter.minutes)) {
    if (Number(text) < minute - MINUTES) delete counter.minutes[text]
  }
  counter.minutes[minute] = (counter.minutes[minute] ?? 0) + 1
  counter.changed = true
}
