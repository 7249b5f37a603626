import { findByIndex } from '../db/by-index.ts'
import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Attempt, Draft, Verification } from './draft.ts'

/** Locks verifications, in one order everywhere, so that groups wait for each other and never in a circle. */
export async function lockDrafts(tx: Tx, verificationIds: readonly string[]): Promise<Map<string, Draft>> {
  const ids = [...new Set(verificationIds)].sort()
  const [now, rows, calls] = await Promise.all([
    findByIndex(tx),
    tx<Verification[]>`
      select * from verifications where id = any(${ids}::uuid[]) order by id for update`,
    readAttempts(tx, ids),
  ])
  const drafts = new Map(rows.map((row) => [row.id, newDraft(now, row)]))
  for (const call of calls) drafts.get(call.verificationId)?.attempts.push(call)
  return drafts
}

/** Gives drafts of locked verifications their attempts. */
export async function addAttempts(tx: Tx, drafts: readonly Draft[]): Promise<void> {
  if (drafts.length === 0) return
  const byId = new Map(drafts.map((draft) => [draft.verification.id, draft]))
  for (const call of await readAttempts(tx, [...byId.keys()])) {
    byId.get(call.verificationId)?.attempts.push(call)
  }
}

/** A statement as it is, sent in its place among others: what this one reads must be read behind the lock. */
function readAttempts(tx: Tx, verificationIds: readonly string[]): Statement<Attempt[]> {
  return tx<Attempt[]>`
    select * from attempts where verification_id = any(${verificationIds}::uuid[]) order by verification_id, ordinal`
}

/** An empty draft around a verification row. */
export function newDraft(now: Date, verification: Verification): Draft {
  return {
    now,
    verification,
    attempts: [],
    counter: null,
    policy: null,
    startCounters: null,
    route: [],
    access: null,
    price: null,
    mayCall: false,
    funds: null,
    costs: null,
    approvedBy: null,
    author: { actor: 'system', requestId: null },
    events: [],
    postings: [],
    jobs: [],
    observations: [],
  }
}
