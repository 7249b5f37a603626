import { findByIndex } from '../db/by-index.ts'
import type { Tx } from '../db/client.ts'
import type { Attempt, Draft, Verification } from './draft.ts'

/** Locks verifications, in one order everywhere, so that groups wait for each other and never in a circle. */
export async function lockDrafts(tx: Tx, verificationIds: readonly string[]): Promise<Map<string, Draft>> {
  const ids = [...new Set(verificationIds)].sort()
  const [now, rows, calls] = await Promise.all([
    findByIndex(tx),
    tx<Verification[]>`
      select * from verifications where id = any(${ids}::uuid[]) order by id for update`,
    tx<Attempt[]>`
      select * from attempts where verification_id = any(${ids}::uuid[]) order by verification_id, ordinal`,
  ])
  const drafts = new Map(rows.map((row) => [row.id, newDraft(now, { ...row })]))
  for (const call of calls) drafts.get(call.verificationId)?.attempts.push({ ...call })
  return drafts
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
    funds: null,
    costs: null,
    author: { actor: 'system', requestId: null },
    events: [],
    postings: [],
    jobs: [],
    observations: [],
  }
}
