import type { Tx } from '../db/client.ts'
import { useIndexPlans } from '../db/index-plans.ts'
import type { Statement } from '../db/sql.ts'
import { type BareDraft, newDraft } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'

/** A verification to lock, and whose it must be; null: anybody's. */
export type Wanted = { id: string; owner: { tenantId: string; livemode: boolean } | null }

/**
 * Locks verifications, in one order everywhere, so that groups wait for each other and never in a circle. Where all may be anybody's
 * they have their attempts; else `addAttempts` is to follow, with what else is read. Someone else's is looked for by its owner as
 * well: it costs what an unknown one costs, and no client ever waits for another tenant's lock.
 */
export async function lockDrafts(tx: Tx, wanted: readonly Wanted[]): Promise<Map<string, BareDraft>> {
  if (!isAnybodys(wanted)) {
    const [now, rows] = await Promise.all([useIndexPlans(tx), lockOwned(tx, wanted)])
    return new Map(rows.map((row) => [row.id, newDraft(now, row)]))
  }
  const ids = [...new Set(wanted.map(({ id }) => id))]
  const [now, rows, calls] = await Promise.all([
    useIndexPlans(tx),
    tx<Verification[]>`select * from verifications where id = any(${ids}::uuid[]) order by id for update`,
    readAttempts(tx, ids),
  ])
  const drafts = new Map(rows.map((row) => [row.id, newDraft(now, row)]))
  give(drafts, calls)
  return drafts
}

/** True where no client asks, but the worker. */
export const isAnybodys = (wanted: readonly Pick<Wanted, 'owner'>[]) =>
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

/** Gives drafts of locked verifications their attempts. */
export async function addAttempts(tx: Tx, drafts: readonly BareDraft[]): Promise<void> {
  if (drafts.length === 0) return
  const byId = new Map(drafts.map((draft) => [draft.verification.id, draft]))
  give(byId, await readAttempts(tx, [...byId.keys()]))
}

/** A statement as it is, sent in its place among others: what this one reads must be read behind the lock. */
function readAttempts(tx: Tx, verificationIds: readonly string[]): Statement<Attempt[]> {
  return tx<Attempt[]>`
    select * from attempts where verification_id = any(${verificationIds}::uuid[]) order by verification_id, ordinal`
}

function give(drafts: ReadonlyMap<string, BareDraft>, calls: readonly Attempt[]): void {
  for (const call of calls) drafts.get(call.verificationId)?.attempts.push(call)
}
