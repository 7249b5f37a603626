import type { Tx } from '../db/client.ts'
import { useIndexPlans } from '../db/index-plans.ts'
import type { Statement } from '../db/sql.ts'
import { type BareDraft, newDraft } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'

/** A verification to lock, and its required owner; null: any owner. */
export type Wanted = { id: string; owner: { tenantId: string; livemode: boolean } | null }

/**
 * Locks verifications in one order everywhere, so that groups cannot deadlock. The worker's drafts come with
 * their attempts; for others, call `addAttempts` along with the next reads. The query includes the owner, so
 * that another owner's verification costs as much as an unknown one, and no client waits for another tenant's
 * lock.
 */
export async function lockDrafts(tx: Tx, wanted: readonly Wanted[]): Promise<Map<string, BareDraft>> {
  if (!isFromWorker(wanted)) {
    const [now, rows] = await Promise.all([useIndexPlans(tx), lockOwned(tx, wanted)])
    return new Map(rows.map((row) => [row.id, newDraft(now, row)]))
  }
  const ids = [...new Set(wanted.map(({ id }) => id))]
  const [now, rows, attempts] = await Promise.all([
    useIndexPlans(tx),
    tx<Verification[]>`select * from verifications where id = any(${ids}::uuid[]) order by id for update`,
    readAttempts(tx, ids),
  ])
  const drafts = new Map(rows.map((row) => [row.id, newDraft(now, row)]))
  addTo(drafts, attempts)
  return drafts
}

/** True for changes of the worker alone: they accept any owner. */
export const isFromWorker = (wanted: readonly Pick<Wanted, 'owner'>[]) =>
  wanted.every(({ owner }) => owner === null)

function lockOwned(tx: Tx, wanted: readonly Wanted[]): Statement<Verification[]> {
  const ids = wanted.map(({ id }) => id)
  const tenants = wanted.map(({ owner }) => owner?.tenantId ?? null)
  const modes = wanted.map(({ owner }) => owner?.livemode ?? null)
  return tx<Verification[]>`
    select v.* from unnest(${ids}::uuid[], ${tenants}::uuid[], ${modes}::bool[]) as k (id, tenant_id, livemode)
    join verifications v on v.id = k.id
      and (k.tenant_id is null or (v.tenant_id = k.tenant_id and v.livemode = k.livemode))
    order by v.id for update of v`
}

/** Adds the attempts to drafts of locked verifications. */
export async function addAttempts(tx: Tx, drafts: readonly BareDraft[]): Promise<void> {
  if (drafts.length === 0) return
  const byId = new Map(drafts.map((draft) => [draft.verification.id, draft]))
  addTo(byId, await readAttempts(tx, [...byId.keys()]))
}

/** Not async: the statement must be sent after the lock of the verifications, to read behind it. */
function readAttempts(tx: Tx, verificationIds: readonly string[]): Statement<Attempt[]> {
  return tx<Attempt[]>`
    select * from attempts where verification_id = any(${verificationIds}::uuid[]) order by verification_id, ordinal`
}

function addTo(drafts: ReadonlyMap<string, BareDraft>, attempts: readonly Attempt[]): void {
  for (const attempt of attempts) drafts.get(attempt.verificationId)?.attempts.push(attempt)
}
