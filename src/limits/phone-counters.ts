import type { Tx } from '../db/client.ts'
import type { NamedInstant } from '../db/schema/index.ts'
import type { Statement } from '../db/sql.ts'
import type { PhoneCounter, Verification } from '../draft/rows.ts'
import type { Requester, Secrets } from '../secrets.ts'
import { shortName } from './requester.ts'
import { within } from './windows.ts'

export const WINDOW_SECONDS = 86_400
/** Larger than any sensible limit; keeps the row small without one. */
export const KEPT = 1000

type Row = Omit<PhoneCounter, 'earlier' | 'changed' | 'approved'>
type Key = Pick<Row, 'tenantId' | 'livemode' | 'phoneKey'>

/**
 * Locks the counters of phones in one order everywhere. Resolves to them in the order of `phones`; equal
 * phones share one. Counts under earlier keys still count, so that rotating SECRET_KEY grants no new guesses.
 */
export async function lockPhoneCounters(
  tx: Tx,
  secrets: Secrets,
  phones: readonly Pick<Verification, 'tenantId' | 'livemode' | 'phone'>[],
): Promise<PhoneCounter[]> {
  const counters = new Map<string, PhoneCounter>()
  const owners = new Map<string, { key: Key; counter: PhoneCounter }>()
  const wanted = phones.map(({ tenantId, livemode, phone }) => {
    const phoneKey = secrets.pseudonym(tenantId, phone)
    const key = { tenantId, livemode, phoneKey }
    const counter = counters.get(nameOf(key)) ?? newCounter(key)
    counters.set(nameOf(key), counter)
    for (const each of [phoneKey, ...secrets.formerPseudonyms(tenantId, phone)]) {
      const key = { tenantId, livemode, phoneKey: each }
      owners.set(nameOf(key), { key, counter })
    }
    return counter
  })
  const keys = [...owners.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { key }]) => key)
  const asJson = keys.map(({ tenantId, livemode, phoneKey }, position) => ({
    tenant_id: tenantId,
    livemode,
    phone_key: `\\x${phoneKey.toString('hex')}`,
    position,
  }))
  const rows = await tx<Row[]>`
    select c.* from json_to_recordset(${JSON.stringify(asJson)}::json)
      as k (tenant_id uuid, livemode bool, phone_key bytea, position int)
    join phone_counters c using (tenant_id, livemode, phone_key)
    order by k.position for update of c`
  for (const row of rows) {
    const counter = owners.get(nameOf(row))?.counter
    if (!counter) continue
    if (counter.phoneKey.equals(row.phoneKey)) Object.assign(counter, row)
    else {
      counter.earlier.starts.push(...row.starts)
      counter.earlier.wrongGuesses.push(...row.wrongGuesses)
      counter.earlier.namedStarts.push(...row.namedStarts)
      counter.earlier.namedGuesses.push(...row.namedGuesses)
    }
  }
  return wanted
}

/** The statement that writes the changed counters, if any. */
export function savePhoneCounters(tx: Tx, counters: readonly PhoneCounter[]): Statement<object[]>[] {
  const rows = counters
    .filter(({ changed }) => changed)
    .map((counter) => ({
      tenant_id: counter.tenantId,
      livemode: counter.livemode,
      phone_key: `\\x${counter.phoneKey.toString('hex')}`,
      starts: counter.starts,
      wrong_guesses: counter.wrongGuesses,
      named_starts: counter.namedStarts,
      named_guesses: counter.namedGuesses,
      updated_at: counter.updatedAt,
    }))
  if (rows.length === 0) return []
  return [
    tx`
    insert into phone_counters (tenant_id, livemode, phone_key, starts, wrong_guesses, named_starts, named_guesses, updated_at)
    select tenant_id, livemode, phone_key, starts, wrong_guesses, named_starts, named_guesses, updated_at
    from json_populate_recordset(null::phone_counters, ${JSON.stringify(rows)}::json)
    on conflict (tenant_id, livemode, phone_key)
    do update set starts = excluded.starts, wrong_guesses = excluded.wrong_guesses,
      named_starts = excluded.named_starts, named_guesses = excluded.named_guesses, updated_at = excluded.updated_at`,
  ]
}

/** An empty counter. */
export const newCounter = (key: Key): PhoneCounter => ({
  ...key,
  starts: [],
  wrongGuesses: [],
  namedStarts: [],
  namedGuesses: [],
  updatedAt: new Date(0),
  earlier: { starts: [], wrongGuesses: [], namedStarts: [], namedGuesses: [] },
  changed: false,
  approved: [],
})

const nameOf = (key: Key) => `${key.tenantId}${key.livemode ? 'l' : 't'}${key.phoneKey.toString('hex')}`

const sorted = (instants: Date[]) => instants.sort((a, b) => a.getTime() - b.getTime())

/** Starts and retries of the last 24 hours, oldest first. */
export function recentStarts(counter: PhoneCounter, now: Date): Date[] {
  return recent([...counter.earlier.starts, ...counter.starts], now)
}

/** The requester's starts and retries of the last 24 hours, oldest first. */
export function startsOf(counter: PhoneCounter, requester: Requester, now: Date): Date[] {
  return recent(ownOf([...counter.earlier.namedStarts, ...counter.namedStarts], requester), now)
}

const recent = (instants: readonly Date[], now: Date) => sorted(within(instants, now, WINDOW_SECONDS))

function ownOf(named: readonly NamedInstant[], requester: Requester): Date[] {
  const names = requester.map(shortName)
  return named.filter(({ by }) => names.includes(by)).map(({ at }) => new Date(at))
}

/** Counts a start or retry now. `requester` null: unnamed. */
export function addPhoneStart(counter: PhoneCounter, requester: Requester | null, now: Date): void {
  counter.starts = [...recent(counter.starts, now), now].slice(-KEPT)
  counter.namedStarts = addNamed(counter.namedStarts, requester, now)
  counter.updatedAt = now
  counter.changed = true
}

function addNamed(named: readonly NamedInstant[], requester: Requester | null, now: Date): NamedInstant[] {
  const since = now.getTime() - WINDOW_SECONDS * 1000
  const kept = named.filter(({ at }) => at > since)
  const hash = requester?.[0]
  if (!hash) return kept
  return [...kept, { by: shortName(hash), at: now.getTime() }].slice(-KEPT)
}
