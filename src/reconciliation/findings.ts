import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { newPosting, savePostings } from '../billing/posting.ts'
import { author, type ClientContext, currentReadersOf } from '../context.ts'
import type { Tx } from '../db/client.ts'
import type { reconciliationFindings } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor } from '../input/cursor.ts'
import { parseId, publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import type { FindingsQuery, FindingView, ResolveInput } from './schemas.ts'

type Row = typeof reconciliationFindings.$inferSelect & {
  verificationId: string | null
  adjustmentId: string | null
  postable: boolean
}

/**
 * Differences between operators' records and ours, newest first. A test key sees none: they are of live
 * calls.
 */
export async function listFindings(context: ClientContext, query: FindingsQuery) {
  if (!context.actor.livemode) return { data: [], next_cursor: null }
  const after = afterCursor(query)
  const rows = await readFindings(currentReadersOf(context).sql, { ...query, after }, query.limit + 1)
  return toPage(rows, query.limit, presentFinding)
}

type Filter = {
  id?: string
  runIds?: string[]
  account?: string | undefined
  state?: string | undefined
  kind?: string | undefined
  after?: string | null
}

/** Findings that match, newest first. An unknown account has none. */
export function readFindings(sql: Tx, filter: Filter, limit: number): Promise<Row[]> {
  const { id, runIds, state, kind, after } = filter
  const account = filter.account === undefined ? null : parseId('account', filter.account)
  return sql<Row[]>`
    select f.*, l.id as adjustment_id,
      f.difference_micros <> 0 and f.kind <> 'status_differs' and l.id is null
        and not exists (
          select from reconciliation_findings g join ledger_transactions t on t.finding_id = g.id and t.verification_id is null
          where g.attempt_id = f.attempt_id and g.account_id = f.account_id and t.at >= r.created_at) as postable
    from reconciliation_findings f
    join reconciliation_runs r on r.id = f.run_id
    left join ledger_transactions l on l.finding_id = f.id and l.verification_id is null
    where true
      ${id ? sql`and f.id = ${id}` : sql``}
      ${runIds ? sql`and f.run_id = any(${runIds}::uuid[])` : sql``}
      ${filter.account === undefined ? sql`` : sql`and f.account_id = ${account}`}
      ${state ? sql`and f.state = ${state}` : sql``}
      ${kind ? sql`and f.kind = ${kind}` : sql``}
      ${after ? sql`and f.id < ${after}` : sql``}
    order by f.id desc limit ${limit}`
}

/** Sets the state of a finding, and posts its difference on request. A difference is posted at most once. */
export function resolveFinding(
  context: ClientContext,
  input: { id: string; changes: ResolveInput },
): Promise<FindingView> {
  return once(context, () => resolve(context, input))
}

async function resolve(
  context: ClientContext,
  { id, changes }: { id: string; changes: ResolveInput },
): Promise<FindingView> {
  const findingId = context.actor.livemode ? parseId('finding', id) : null
  const { state, note, adjustment } = changes
  return context.db.sql.begin(async (tx) => {
    const by = author(context)
    const [locked] = findingId
      ? await tx<{ id: string; now: Date }[]>`
          select id, now() as now from reconciliation_findings where id = ${findingId} for update`
      : []
    const [found] = locked ? await readFindings(tx, { id: locked.id }, 1) : []
    if (!locked || !found) throw new AppError('not_found', { detail: say('unknown_finding') })
    if (adjustment) {
      if (found.differenceMicros === 0n) throw invalid('adjustment', 'adjustment_zero')
      if (found.adjustmentId) throw new AppError('conflict', { detail: say('difference_posted') })
      await checkPostable(tx, found)
      await savePostings(tx, [
        newPosting(
          {
            ownerId: found.accountId,
            from: 'operator_cost',
            to: 'operator_payable',
            amountMicros: found.differenceMicros,
            currency: found.currency,
            kind: 'adjustment',
            actor: by.actor,
            at: locked.now,
          },
          { findingId: found.id, reason: note },
        ),
      ])
    }
    const isOpen = state === 'open'
    await tx`
      update reconciliation_findings set state = ${state}, note = ${note},
        resolved_at = ${isOpen ? null : locked.now}, resolved_by = ${isOpen ? null : by.actor}
      where id = ${found.id}`
    const [after] = await readFindings(tx, { id: found.id }, 1)
    const data = { finding: publicId('finding', found.id), from: found.state, to: state, adjustment, note }
    await appendTenantEvents(tx, null, by, [{ type: 'finding.resolved', data }])
    return remember(context, tx, presentFinding(after as Row))
  })
}

/** Throws if the ledger has the difference, or if another one of the call was posted since this run began. */
async function checkPostable(tx: Tx, { id, kind, attemptId, verificationId }: Row): Promise<void> {
  if (kind === 'status_differs') throw invalid('adjustment', 'adjustment_posted')
  if (!attemptId) return
  await tx`select id from attempts where verification_id = ${verificationId} and id = ${attemptId} for update`
  const [now] = await readFindings(tx, { id }, 1)
  if (!now?.postable) throw new AppError('conflict', { detail: say('difference_outdated') })
}

/** A finding as clients see it. */
export function presentFinding(row: Row): FindingView {
  return {
    id: publicId('finding', row.id),
    reconciliation: publicId('reconciliation', row.runId),
    account: publicId('account', row.accountId),
    kind: row.kind,
    verification: row.verificationId && publicId('verification', row.verificationId),
    attempt: row.attemptId && publicId('attempt', row.attemptId),
    phone: row.phone,
    at: row.at.toISOString(),
    ours: row.ours,
    theirs: row.theirs,
    difference: toMoney(row.differenceMicros, row.currency),
    state: row.state,
    note: row.note,
    postable: row.postable,
    adjustment: row.adjustmentId && publicId('ledger', row.adjustmentId),
    created_at: row.createdAt.toISOString(),
    resolved_at: row.resolvedAt?.toISOString() ?? null,
  }
}
