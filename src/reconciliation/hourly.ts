import type { Context } from '../context.ts'
import { reconcile } from './reconcile.ts'
import { newRun } from './runs.ts'

const MINUTE_MS = 60_000
/** Operators' records may lag behind their calls. */
const LAG_MS = 10 * MINUTE_MS
/** Each run covers this much again: operators change records after the fact. */
const OVERLAP_MS = 180 * MINUTE_MS
/** How far back a run reaches after an outage. */
const REACH_MS = 7 * 24 * 60 * MINUTE_MS

type Due = { accountId: string; slot: Date; lastTo: Date | null; createdAt: Date; now: Date }

/** Compares each real account with its operator's records once an hour; one worker handles each account. */
export async function reconcileDue(context: Context): Promise<void> {
  const due = await context.db.sql<Due[]>`
    select a.id as account_id, s.slot, a.created_at, now() as now,
      (select max(r.to_at) from reconciliation_runs r where r.account_id = a.id and r.status = 'done') as last_to
    from provider_accounts a, date_trunc('hour', now()) as s (slot)
    where a.sandbox_tenant_id is null and (a.deleted_at is null or a.deleted_at > now() - interval '2 days')
      and not exists (select from reconciliation_runs r where r.account_id = a.id and r.slot = s.slot)
    order by a.id`
  for (const { accountId, slot, lastTo, createdAt, now } of due) {
    const to = new Date(now.getTime() - LAG_MS)
    const wanted = (lastTo ?? createdAt).getTime() - OVERLAP_MS
    const from = new Date(Math.max(wanted, to.getTime() - REACH_MS))
    const row = await newRun(context.db.sql, { accountId, slot, from, to })
    if (row) await reconcile(context, { ...row, from, to })
  }
}
