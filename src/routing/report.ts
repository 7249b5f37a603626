import { appendTenantEvents, type TenantEvent } from '../audit/tenant-chain.ts'
import type { App } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { useIndexPlans } from '../db/index-plans.ts'
import { publicId } from '../values/ids.ts'
import { type AccountState, noteSeen } from './breaker.ts'
import { reportCallers } from './callers-told.ts'
import type { Observed, PrefixTallies } from './observations.ts'
import { type AccountRatio, noteTallies } from './ratios.ts'

const AUTHOR = { actor: 'system', requestId: null }

/**
 * Adds this process's observations to the accounts' shared state. Opening or closing a breaker, and moving an
 * account behind the next or back for a channel and prefix, is an audit event of the installation.
 */
export async function reportObservations(
  { db, log }: Pick<App, 'db' | 'log'>,
  observed: Observed,
): Promise<void> {
  if (observed.seen.size + observed.tallies.length + observed.callers.size === 0) return
  const events = await db.sql.begin(async (tx) => {
    const now = await useIndexPlans(tx)
    const events = [...(await reportSeen(tx, observed, now)), ...(await reportTallies(tx, observed, now))]
    await reportCallers(tx, observed)
    await appendTenantEvents(tx, null, AUTHOR, events)
    return events
  })
  for (const { type, data } of events) log.warn({ type, ...data }, 'routing decision')
}

async function reportSeen(tx: Tx, { seen }: Observed, now: Date): Promise<TenantEvent[]> {
  const events: TenantEvent[] = []
  for (const [accountId, calls] of [...seen].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await tx`insert into account_states (account_id) values (${accountId}) on conflict do nothing`
    const [row] = await tx<(AccountState & { breakerOn: boolean })[]>`
      select s.*, coalesce((a.settings->>'breaker')::bool, true) as breaker_on
      from account_states s join provider_accounts a on a.id = s.account_id
      where s.account_id = ${accountId} for update of s`
    if (!row) continue
    const state = { ...row, calls: Number(row.calls) }
    const change = row.breakerOn ? noteSeen(state, calls, now) : null
    await tx`
      update account_states set breaker = ${state.breaker}, consecutive_faults = ${state.consecutiveFaults},
        fault_ratio = ${state.faultRatio}, calls = ${state.calls}, openings = ${state.openings},
        open_until = ${state.openUntil}, probing_until = ${state.probingUntil}
      where account_id = ${accountId}`
    if (!change) continue
    events.push({
      type: `account.breaker_${change}`,
      data: {
        account: publicId('account', accountId),
        consecutive_faults: state.consecutiveFaults,
        fault_ratio: Number(state.faultRatio.toFixed(3)),
        open_until: state.openUntil?.toISOString() ?? null,
      },
    })
  }
  return events
}

async function reportTallies(tx: Tx, { tallies }: Observed, now: Date): Promise<TenantEvent[]> {
  if (tallies.length === 0) return []
  const byKey = new Map(tallies.map((tally) => [keyOf(tally), tally]))
  const wanted = JSON.stringify(
    [...byKey.values()].map(({ accountId, channel, prefix }) => ({ account_id: accountId, channel, prefix })),
  )
  const [, rows] = await Promise.all([
    tx`
      insert into account_ratios (account_id, channel, prefix)
      select account_id, channel, prefix
      from json_to_recordset(${wanted}::json) as k (account_id uuid, channel text, prefix text)
      order by account_id, channel, prefix on conflict do nothing`,
    tx<(AccountRatio & { reorderOn: boolean })[]>`
      select r.*, coalesce((a.settings->>'reorder')::bool, true) as reorder_on
      from json_to_recordset(${wanted}::json) as k (account_id uuid, channel text, prefix text)
      join account_ratios r
        on r.account_id = k.account_id and r.channel = k.channel and r.prefix = k.prefix
      join provider_accounts a on a.id = r.account_id
      order by r.account_id, r.channel, r.prefix for update of r`,
  ])
  const events: TenantEvent[] = []
  const changed = rows.map((row) => {
    const { accountId, channel, prefix } = row
    const ratio = {
      ...row,
      deliveredCalls: Number(row.deliveredCalls),
      approvedCalls: Number(row.approvedCalls),
    }
    const change = noteTallies(ratio, byKey.get(keyOf(row)) as PrefixTallies, now)
    if (change && row.reorderOn) {
      events.push({
        type: `account.${change}`,
        data: {
          account: publicId('account', accountId),
          channel,
          prefix,
          delivered: Number(ratio.delivered.toFixed(3)),
          approved: Number(ratio.approved.toFixed(3)),
        },
      })
    }
    return {
      account_id: accountId,
      channel,
      prefix,
      delivered: ratio.delivered,
      delivered_calls: ratio.deliveredCalls,
      approved: ratio.approved,
      approved_calls: ratio.approvedCalls,
      demoted_at: row.reorderOn ? ratio.demotedAt : null,
    }
  })
  await tx`
    update account_ratios r set delivered = k.delivered, delivered_calls = k.delivered_calls,
      approved = k.approved, approved_calls = k.approved_calls, demoted_at = k.demoted_at, updated_at = ${now}
    from json_to_recordset(${JSON.stringify(changed)}::json) as k (account_id uuid, channel text, prefix text, delivered real,
      delivered_calls bigint, approved real, approved_calls bigint, demoted_at timestamptz)
    where r.account_id = k.account_id and r.channel = k.channel and r.prefix = k.prefix`
  return events
}

const keyOf = ({ accountId, channel, prefix }: Pick<PrefixTallies, 'accountId' | 'channel' | 'prefix'>) =>
  `${accountId} ${channel} ${prefix}`
