import { findByIndex } from '../db/by-index.ts'
import type { Tx } from '../db/client.ts'
import { type BareDraft, newDraft } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'

/** A verification to lock, and whose it must be; null: anybody's. */
export type Wanted = { id: string; owner: { tenantId: string; livemode: boolean } | null }

/**
 * Locks verifications, in one order everywhere, so that groups wait for each other and never in a circle. Someone else's is
 * looked for by its owner as well: it costs what an unknown one costs, and no client ever waits for another tenant's lock.
 */
export async function lockDrafts(tx: Tx, wanted: readonly Wanted[]): Promise<Map<string, BareDraft>> {
  const ids = wanted.map(({ id }) => id)
  const tenants = wanted.map(({ owner }) => owner?.tenantId ?? null)
  const modes = wanted.map(({ owner }) => owner?.livemode ?? null)
  const owned = tx`
    unnest(${ids}::uuid[], ${tenants}::uuid[], ${modes}::bool[]) as k (id, tenant_id, livemode)
    join verifications v on v.id = k.id
      and (k.tenant_id is null or (v.tenant_id = k.tenant_id and v.livemode = k.livemode))`
  const [now, rows, calls] = await Promise.all([
    findByIndex(tx),
    tx<Verification[]>`select v.* from ${owned} order by v.id for update of v`,
    tx<Attempt[]>`
      select a.* from attempts a where a.verification_id in (select v.id from ${owned})
      order by a.verification_id, a.ordinal`,
  ])
  const drafts = new Map(rows.map((row) => [row.id, newDraft(now, row)]))
  for (const call of calls) drafts.get(call.verificationId)?.attempts.push(call)
  return drafts
}

/** Gives drafts of locked verifications their attempts. */
export async function addAttempts(tx: Tx, drafts: readonly BareDraft[]): Promise<void> {
  if (drafts.length === 0) return
  const byId = new Map(drafts.map((draft) => [draft.verification.id, draft]))
  const calls = await tx<Attempt[]>`
    select * from attempts where verification_id = any(${[...byId.keys()]}::uuid[]) order by verification_id, ordinal`
  for (const call of calls) byId.get(call.verificationId)?.attempts.push(call)
}
