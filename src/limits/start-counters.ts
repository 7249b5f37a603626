import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Secrets } from '../secrets.ts'
import { networksOf } from './networks.ts'

/** Starts of the last hour under one key of a tenant and mode, by minute. */
export type StartCounter = {
  minutes: Record<string, number>
  /** What was counted under another key while SECRET_KEY is rotated. */
  earlier: Record<string, number>[]
  changed: boolean
}

/** `earlierKeys`: its names under other keys while SECRET_KEY is rotated. */
export type CounterKey = { tenantId: string; livemode: boolean; key: string; earlierKeys?: string[] }

const MINUTES = 60
/** Sets the locks on counters apart from those on phones. */
const LOCKS = 1

export const rangeKey = (range: string) => `prefix ${range}`

/** The counters of an end user's address, one for each network that it is counted by; a bound holds `factor` times. */
export function ipKeys(
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

const earlier = ({ earlierKeys = [], ...key }: CounterKey): CounterKey[] =>
  earlierKeys.map((earlierKey) => ({ ...key, key: earlierKey }))

const nameOf = ({ tenantId, livemode, key }: CounterKey) => `${tenantId} ${livemode ? 'l' : 't'} ${key}`

/** The counters of some starts, locked in one order everywhere. */
export type StartCounters = {
  /** What was counted in the hour before `now`. */
  of(key: CounterKey, now: Date): StartCounter
  /** The statements that write what was counted. */
  save(): Statement<object[]>[]
}

export async function lockStartCounters(tx: Tx, keys: readonly CounterKey[]): Promise<StartCounters> {
  const wanted = keys.flatMap((key) => [key, ...earlier(key)])
  const sorted = [...new Map(wanted.map((key) => [nameOf(key), key])).entries()].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const rows = sorted.map(([, { tenantId, livemode, key }]) => ({ tenant_id: tenantId, livemode, key }))
  const counters = new Map(
    sorted.map(([name]): [string, StartCounter] => [name, { minutes: {}, earlier: [], changed: false }]),
  )
  if (rows.length > 0) {
    // By name, so that a counter is locked before there is a row of it.
    const [, found] = await Promise.all([
      tx`
        select pg_advisory_xact_lock(key) from (
          select distinct hashtextextended(name, ${LOCKS}) as key
          from unnest(${sorted.map(([name]) => name)}::text[]) as name order by key) as keys`,
      tx<(CounterKey & { minutes: Record<string, number> })[]>`
        select c.tenant_id, c.livemode, c.key, c.minutes
        from json_to_recordset(${JSON.stringify(rows)}::json) as k (tenant_id uuid, livemode bool, key text)
        join start_counters c using (tenant_id, livemode, key)`,
    ])
    for (const row of found) {
      const counter = counters.get(nameOf(row))
      if (counter) counter.minutes = row.minutes
    }
  }
  return {
    of(key, now) {
      const counter = counters.get(nameOf(key))
      if (!counter) throw new Error('the counter was not locked')
      counter.minutes = lastHour(counter.minutes, now)
      counter.earlier = earlier(key).map((each) => lastHour(counters.get(nameOf(each))?.minutes ?? {}, now))
      return counter
    },
    save() {
      const changed = sorted.flatMap(([name, { tenantId, livemode, key }]) => {
        const counter = counters.get(name)
        return counter?.changed ? [{ tenant_id: tenantId, livemode, key, minutes: counter.minutes }] : []
      })
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
    },
  }
}

function lastHour(minutes: Record<string, number>, now: Date): Record<string, number> {
  const oldest = minuteOf(now) - MINUTES
  return Object.fromEntries(Object.entries(minutes).filter(([minute]) => Number(minute) >= oldest))
}

const minuteOf = (now: Date) => Math.floor(now.getTime() / 60_000)

/** Starts in the last hour; the minute that is partly outside counts whole, so that no hour ever holds more than the limit. */
export function countOf(counter: StartCounter): number {
  return [counter.minutes, ...counter.earlier]
    .flatMap((minutes) => Object.values(minutes))
    .reduce((sum, count) => sum + count, 0)
}

/** Seconds until the oldest counted minute has left the hour. */
export function freeInSeconds(counter: StartCounter, now: Date): number {
  const minutes = [counter.minutes, ...counter.earlier].flatMap((each) => Object.keys(each))
  const oldest = Math.min(...minutes.map(Number))
  if (!Number.isFinite(oldest)) return 1
  return Math.max(1, Math.ceil(((oldest + MINUTES + 1) * 60_000 - now.getTime()) / 1000))
}

/** Starts in the current minute. */
export function countOfMinute(counter: StartCounter, now: Date): number {
  const minute = minuteOf(now)
  return [counter.minutes, ...counter.earlier].reduce((sum, minutes) => sum + (minutes[minute] ?? 0), 0)
}

export function addStart(counter: StartCounter, now: Date): void {
  const minute = String(minuteOf(now))
  counter.minutes[minute] = (counter.minutes[minute] ?? 0) + 1
  counter.changed = true
}
