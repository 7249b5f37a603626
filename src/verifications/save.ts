import { savePostings } from '../billing/posting.ts'
import type { Tx } from '../db/client.ts'
import { insertRows, updateRows } from '../db/rows.ts'
import { attempts, auditEvents, verifications } from '../db/schema/index.ts'
import type { Attempt, Draft, Verification } from './draft.ts'

type Row = Record<string, unknown>

/** Remembers rows as they were read, to tell afterwards which ones changed. */
export function snapshot(drafts: readonly Draft[]): Map<object, Row> {
  const before = new Map<object, Row>()
  for (const draft of drafts) {
    before.set(draft.verification, { ...draft.verification })
    for (const attempt of draft.attempts) before.set(attempt, { ...attempt })
  }
  return before
}

function split<T extends Verification | Attempt>(rows: T[], before: Map<object, Row>) {
  const fresh: T[] = []
  const changed: T[] = []
  for (const row of rows) {
    const old = before.get(row)
    if (!old) fresh.push(row)
    else if (Object.entries(row).some(([key, value]) => value !== old[key])) changed.push(row)
  }
  return { fresh, changed }
}

/** Writes everything that the drafts hold and `before` does not, as multi-row statements sent together. */
export async function save(tx: Tx, drafts: readonly Draft[], before: Map<object, Row>): Promise<void> {
  const owners = split(
    drafts.map((draft) => draft.verification),
    before,
  )
  const calls = split(
    drafts.flatMap((draft) => draft.attempts),
    before,
  )
  // Ended verifications first: a new one for the same phone may take their place in the unique index.
  await Promise.all([
    updateRows(tx, verifications, owners.changed),
    insertRows(tx, verifications, owners.fresh),
    updateRows(tx, attempts, calls.changed),
    insertRows(tx, attempts, calls.fresh),
    insertRows(
      tx,
      auditEvents,
      drafts.flatMap((draft) => draft.events),
    ),
    saveCounters(tx, drafts),
    savePostings(
      tx,
      drafts.flatMap((draft) => draft.postings),
    ),
  ])
}

async function saveCounters(tx: Tx, drafts: readonly Draft[]): Promise<void> {
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
  if (rows.length === 0) return
  await tx`
    insert into phone_counters (tenant_id, livemode, phone_key, starts, wrong_guesses, updated_at)
    select tenant_id, livemode, phone_key, starts, wrong_guesses, updated_at
    from json_populate_recordset(null::phone_counters, ${JSON.stringify(rows)}::json)
    on conflict (tenant_id, livemode, phone_key)
    do update set starts = excluded.starts, wrong_guesses = excluded.wrong_guesses,
      updated_at = excluded.updated_at`
}
