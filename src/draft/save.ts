import type { Tx } from '../db/client.ts'
import { inserts, updates } from '../db/rows.ts'
import { attempts, auditEvents, verifications } from '../db/schema/index.ts'
import type { Statement } from '../db/sql.ts'
import type { BareDraft } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'

type Row = Record<string, unknown>

/** Remembers rows as they were read, to tell afterwards which ones changed. */
export function snapshot(drafts: readonly BareDraft[]): Map<object, Row> {
  const before = new Map<object, Row>()
  for (const draft of drafts) {
    before.set(draft.verification, { ...draft.verification })
    for (const attempt of draft.attempts) before.set(attempt, { ...attempt })
  }
  return before
}

/** `keys`: what changed in any of the changed rows. */
function split<T extends Verification | Attempt>(rows: T[], before: Map<object, Row>) {
  const fresh: T[] = []
  const changed: T[] = []
  const keys = new Set<string>()
  for (const row of rows) {
    const old = before.get(row)
    if (!old) {
      fresh.push(row)
      continue
    }
    const own = Object.keys(row).filter((key) => row[key as keyof T] !== old[key])
    if (own.length > 0) changed.push(row)
    for (const key of own) keys.add(key)
  }
  return { fresh, changed, keys }
}

/** The statements that write verifications, attempts and events that the drafts hold and `before` does not. None needs the answer of another. */
export function save(tx: Tx, drafts: readonly BareDraft[], before: Map<object, Row>): Statement<object[]>[] {
  const owners = split(
    drafts.map((draft) => draft.verification),
    before,
  )
  const calls = split(
    drafts.flatMap((draft) => draft.attempts),
    before,
  )
  // Ended verifications first: a new one for the same phone may take their place in the unique index.
  return [
    ...updates(tx, verifications, owners.changed, owners.keys),
    ...inserts(tx, verifications, owners.fresh),
    ...updates(tx, attempts, calls.changed, calls.keys),
    ...inserts(tx, attempts, calls.fresh),
    ...inserts(
      tx,
      auditEvents,
      drafts.flatMap((draft) => draft.events),
    ),
  ]
}
