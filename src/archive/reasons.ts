import type { Db, Tx } from '../db/client.ts'
import { publicId } from '../values/ids.ts'
import type { Month } from './months.ts'

type Count = (tx: Tx, month: Month) => PromiseLike<{ count: bigint }[]>

/** What must be none, and how it is counted. */
const NONE: readonly (readonly [what: string, count: Count])[] = [
  [
    'verification(s) still in progress',
    (tx, { fromId, toId }) => tx`
      select count(*) from live_verifications where verification_id >= ${fromId} and verification_id < ${toId}`,
  ],
  [
    'call(s) to look at again',
    (tx, { fromId, toId }) => tx`
      select count(*) from due_attempts where verification_id >= ${fromId} and verification_id < ${toId}`,
  ],
  [
    'hold(s) not settled',
    (tx, month) => tx`select count(*) from ${tx.unsafe(month.part('attempts'))} where charge = 'reserved'`,
  ],
  [
    'verification(s) whose phone is not erased',
    (tx, month) => tx`
      select count(*) from ${tx.unsafe(month.part('verifications'))}
      where phone not like 'erased:%' or tallied is not true`,
  ],
  ['erasure(s) not finished', (tx) => tx`select count(*) from erasures where completed_at is null`],
  [
    'webhook(s) not delivered',
    (tx, { fromId, toId }) => tx`
      select count(*) from webhook_deliveries
      where verification_id >= ${fromId} and verification_id < ${toId} and status = 'waiting'`,
  ],
  [
    'webhook(s) of doors not requested',
    (tx, { fromId, toId }) => tx`
      select count(*) from compat_notices where verification_id >= ${fromId} and verification_id < ${toId}`,
  ],
  [
    'open finding(s) of the reconciliation',
    (tx, { fromId, toId }) => tx`
      select count(*) from reconciliation_findings
      where state = 'open' and verification_id >= ${fromId} and verification_id < ${toId}`,
  ],
  [
    'problem(s) in the last check of the ledger',
    (tx) => tx`
      select coalesce((select problems from ledger_checks where finished_at is not null
        order by finished_at desc limit 1), 0) as count`,
  ],
]

/** Why a month must stay in the database; empty: it may go. Reads the whole month. */
export function reasonsToKeep({ sql }: Pick<Db, 'sql'>, month: Month): Promise<string[]> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    await tx`select set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true)`
    const reasons = await retention(tx, month)
    for (const [what, count] of NONE) {
      const [row] = await count(tx, month)
      if (row && row.count > 0n) reasons.push(`${row.count} ${what}`)
    }
    return [...reasons, ...(await unreconciled(tx, month)), ...(await unsealed(tx, month))]
  })
}

async function retention(tx: Tx, { to, part }: Month): Promise<string[]> {
  const tenants = await tx<{ id: string; days: number; until: Date }[]>`
    select t.id, t.retention_days as days, ${to}::timestamptz + make_interval(days => t.retention_days) as until
    from tenants t
    where ${to}::timestamptz + make_interval(days => t.retention_days) > now()
      and exists (select from ${tx.unsafe(part('verifications'))} v where v.tenant_id = t.id)
    order by t.retention_days desc, t.id`
  const [last] = tenants
  if (!last) return []
  const others = tenants.length > 1 ? ` and ${tenants.length - 1} other(s)` : ''
  const tenant = `${publicId('tenant', last.id)}${others}`
  return [
    `the retention of ${tenant} (${last.days} days) ends on ${last.until.toISOString().slice(0, 10)} at the latest`,
  ]
}

/** Real accounts that were asked for calls of the month, and are not compared with their operator up to its end. */
async function unreconciled(tx: Tx, { to, part }: Month): Promise<string[]> {
  const accounts = await tx<{ id: string; name: string }[]>`
    select a.id, a.name from (select distinct account_id from ${tx.unsafe(part('attempts'))}) used
    join provider_accounts a on a.id = used.account_id
    where a.sandbox_tenant_id is null and a.deleted_at is null
      and not exists (
        select from reconciliation_runs r where r.account_id = a.id and r.status = 'done' and r.to_at >= ${to})
    order by a.id`
  return accounts.map(
    ({ id, name }) =>
      `account ${publicId('account', id)} (${name}) is not reconciled up to ${to.toISOString()}`,
  )
}

async function unsealed(tx: Tx, { part }: Month): Promise<string[]> {
  const [row] = await tx<{ hours: bigint; first: Date }[]>`
    select count(*) as hours, min(hour) as first
    from (select distinct date_trunc('hour', at, 'UTC') as hour from ${tx.unsafe(part('audit_events'))}) h
    where not exists (select from audit_checkpoints c where c.hour = h.hour)`
  return row && row.hours > 0n
    ? [`${row.hours} hour(s) with its events are not sealed, from ${row.first.toISOString()} on`]
    : []
}
