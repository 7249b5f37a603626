import { appendTenantEvents, type TenantEvent } from '../audit/tenant-chain.ts'
import type { App } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { publicId } from '../ids.ts'
import { type AccountState, noteSeen } from './breaker.ts'
import type { Observed } from './observations.ts'
import { type AccountRatio, noteTallies } from './ratios.ts'

const AUTHOR = { actor: 'system', requestId: null }

/**
 * Adds what this process observed to the accounts' shared state. A breaker that opens or closes, and an account that is
 * moved behind the next or back for a prefix, is an audit event of the installation.
 */
export async function reportObservations(
  { db, log }: Pick<App, 'db' | 'log'>,
  observed: Observed,
): Promise<void> {
  if (observed.seen.size === 0 && observed.tallies.length === 0) return
  const events = await db.sql.begin(async (tx) => {
    const [clock] = await tx<{ now: Date }[]>`select now() as now`
    const now = clock?.now as Date
    const events = [...(await reportSeen(tx, observed, now)), ...(await reportTallies(tx, observed, now))]
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
  const events: TenantEvent[] = []
  const key = (tally: { accountId: string; prefix: string }) => tally.accountId + tally.prefix
  for (const tally of tallies.sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
    const { accountId, prefix } = tally
    await tx`insert into account_ratios (account_id, prefix) values (${accountId}, ${prefix}) on conflict do nothing`
    const [row] = await tx<(AccountRatio & { reorderOn: boolean })[]>`
      select r.*, coalesce((a.settings->>'reorder')::bool, true) as reorder_on
      from account_ratios r join provider_accounts a on a.id = r.account_id
      where r.account_id = ${accountId} and r.prefix = ${prefix} for update of r`
    if (!row) continue
    const ratio = {
      ...row,
      deliveredCalls: Number(row.deliveredCalls),
      approvedCalls: Number(row.approvedCalls),
    }
    const change = noteTallies(ratio, tally, now)
    const demotedAt = row.reorderOn ? ratio.demotedAt : null
    await tx`
      update account_ratios set delivered = ${ratio.delivered}, delivered_calls = ${ratio.deliveredCalls},
        approved = ${ratio.approved}, approved_calls = ${ratio.approvedCalls},
        demoted_at = ${demotedAt}, updated_at = ${now}
      where account_id = ${accountId} and prefix = ${prefix}`
    if (!change || !row.reorderOn) continue
    events.push({
      type: `account.${change}`,
      data: {
        account: publicId('account', accountId),
        prefix,
        delivered: Number(ratio.delivered.toFixed(3)),
        approved: Number(ratio.approved.toFixed(3)),
      },
    })
  }
  return events
}
