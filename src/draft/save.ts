import { toRows } from '../audit/chain.ts'
import type { Tx } from '../db/client.ts'
import { inserts, updates } from '../db/rows.ts'
import { attempts, auditEvents, verifications } from '../db/schema/index.ts'
import type { Statement } from '../db/sql.ts'
import type { BareDraft } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'
import { saveDue, saveLive } from './save-live.ts'
import type { Before } from './snapshot.ts'

/** `keys`: the columns changed in any row. */
function split<T extends Verification | Attempt>(rows: T[], before: Before) {
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

/** The statements that write new and changed rows and all events. None needs the result of another. */
export function save(tx: Tx, drafts: readonly BareDraft[], before: Before): Statement<object[]>[] {
  const verificationRows = split(
    drafts.map((draft) => draft.verification),
    before,
  )
  const attemptRows = split(
    drafts.flatMap((draft) => draft.attempts),
    before,
  )
  return [
    ...updates(tx, verifications, verificationRows.changed, verificationRows.keys),
    ...inserts(tx, verifications, verificationRows.fresh),
    ...saveLive(tx, verificationRows, before),
    ...updates(tx, attempts, attemptRows.changed, attemptRows.keys, ['verificationId', 'ordinal']),
    ...inserts(tx, attempts, attemptRows.fresh),
    ...saveDue(tx, drafts, before),
    ...inserts(
      tx,
      auditEvents,
      drafts.flatMap(({ events }) => toRows(events)),
    ),
  ]
}
