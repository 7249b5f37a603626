import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Secrets } from '../secrets.ts'
import type { Draft, PhoneCounter, Verification } from '../verifications/draft.ts'
import { within } from './rules.ts'

export const GUESS_WINDOW_SECONDS = 86_400

type Row = Omit<PhoneCounter, 'earlier'>
type Key = Pick<Row, 'tenantId' | 'livemode' | 'phoneKey'>

/**
 * Locks the counters of phones, in one order everywhere. Resolves to them in the order of the phones, one for those that are the
 * same. What was counted under another key of a rotation counts on, so that nobody gets new guesses by it.
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
    }
  }
  return wanted
}

/** The statement that writes the drafts' counters, those that were changed. */
export function savePhoneCounters(tx: Tx, drafts: readonly Draft[]): Statement<object[]>[] {
  const counters = new Set(drafts.flatMap((draft) => (draft.counter ? [draft.counter] : [])))
  const rows = [...counters]
    .filter((counter) => counter.updatedAt.getTime() === drafts[0]?.now.getTime())
    .map((counter) => ({
      tenant_id: counter.tenantId,
      livemode: counter.livemode,
      phone_key: `\\x${counter.phoneKey.toString('hex')}`,
      starts: counter.starts,
      wrong_guesses: counter.wrongGuesses,
      updated_at: counter.updatedAt,
    }))
  if (rows.length === 0) return []
  return [
    tx`
    insert into phone_counters (tenant_id, livemode, phone_key, starts, wrong_guesses, updated_at)
    select tenant_id, livemode, phone_key, starts, wrong_guesses, updated_at
    from json_populate_recordset(null::phone_counters, ${JSON.stringify(rows)}::json)
    on conflict (tenant_id, livemode, phone_key)
    do update set starts = excluded.starts, wrong_guesses = excluded.wrong_guesses,
      updated_at = excluded.updated_at`,
  ]
}

const newCounter = (key: Key): PhoneCounter => ({
  ...key,
  starts: [],
  wrongGuesses: [],
  updatedAt: new Date(0),
  earlier: { starts: [], wrongGuesses: [] },
})

const nameOf = (key: Key) => `${key.tenantId}${key.livemode ? 'l' : 't'}${key.phoneKey.toString('hex')}`

/** Wrong guesses of the last 24 hours, oldest first. */
export function recentGuesses({ counter, now }: Draft): Date[] {
  if (!counter) return []
  return recent([...counter.earlier.wrongGuesses, ...counter.wrongGuesses], now)
}

const recent = (instants: readonly Date[], now: Date) =>
  within(instants, now, GUESS_WINDOW_SECONDS).sort((a, b) => a.getTime() - b.getTime())

/** Counts `count` wrong guesses now. */
export function addGuesses(draft: Draft, count: number): void {
  if (!draft.counter) throw new Error('the change did not lock the phone counter')
  draft.counter.wrongGuesses = [
    ...recent(draft.counter.wrongGuesses, draft.now),
    ...Array<Date>(count).fill(draft.now),
  ]
  draft.counter.updatedAt = draft.now
}
