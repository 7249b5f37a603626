import { requireLive } from '../access/livemode.ts'
import type { ClientContext } from '../context.ts'
import type { Tx } from '../db/client.ts'
import type { reconciliationRuns } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor } from '../input/cursor.ts'
import { newId, parseId, publicId } from '../values/ids.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import { presentFinding, readFindings } from './findings.ts'
import { reconcile } from './reconcile.ts'
import type { FindingView, RunInput, RunsQuery, RunView } from './schemas.ts'

type Row = typeof reconciliationRuns.$inferSelect

const DAY_MS = 86_400_000
const FINDINGS_SHOWN = 100

/** Comparisons with operators' records and their findings, newest first. A test key sees none. */
export async function listRuns({ db: { sql }, actor }: ClientContext, query: RunsQuery) {
  if (!actor.livemode) return { data: [], next_cursor: null }
  const after = afterCursor(query)
  const account = query.account === undefined ? null : parseId('account', query.account)
  const rows = await sql<Row[]>`
    select * from reconciliation_runs
    where true ${query.account === undefined ? sql`` : sql`and account_id = ${account}`}
      ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${query.limit + 1}`
  const ids = rows.slice(0, query.limit).map(({ id }) => id)
  const findings = await readFindings(sql, { runIds: ids }, ids.length * FINDINGS_SHOWN)
  const byRun = Map.groupBy(findings.map(presentFinding), (finding) => finding.reconciliation)
  return toPage(rows, query.limit, (row) => presentRun(row, byRun))
}

/**
 * Compares now and resolves when done. Throws 409 if the operator's records are unavailable; the run is kept
 * as failed. A repeated request resumes the run of the first.
 */
export async function startRun(context: ClientContext, input: RunInput): Promise<RunView> {
  requireLive(context.actor)
  const { id } = await once(context, () => begin(context, input))
  const begun = await readRun(context, id)
  if (begun?.status === 'running') await reconcile(context, { ...begun, from: begun.fromAt, to: begun.toAt })
  const run = await getRun(context, { id: publicId('reconciliation', id) })
  if (run.status !== 'failed') return run
  throw new AppError('conflict', {
    detail: say('records_unavailable'),
    extra: { reconciliation: run.id },
  })
}

async function begin(context: ClientContext, input: RunInput): Promise<{ id: string }> {
  const accountId = parseId('account', input.account)
  const [account] = accountId
    ? await context.db.sql<{ id: string }[]>`
        select id from provider_accounts where id = ${accountId} and sandbox_tenant_id is null`
    : []
  if (!account) throw invalid('account', 'account')
  const to = input.to ?? new Date()
  const from = input.from ?? new Date(to.getTime() - DAY_MS)
  // Without our calls, every record of the operator would be a finding.
  const archived = await context.db.sql`
    select from archives where month::timestamp at time zone 'utc' <= ${to}
      and (month + interval '1 month') at time zone 'utc' > ${from} limit 1`
  if (archived.count > 0) throw invalid('from', 'archived_span')
  return context.db.sql.begin(async (tx) => {
    const row = await newRun(tx, { accountId: account.id, from, to, slot: null })
    if (!row) throw new Error('the run was not inserted')
    return remember(context, tx, { id: row.id })
  })
}

/** One comparison. */
export async function getRun(context: ClientContext, input: { id: string }): Promise<RunView> {
  const id = context.actor.livemode ? parseId('reconciliation', input.id) : null
  const row = id && (await readRun(context, id))
  if (!row) throw new AppError('not_found', { detail: say('unknown_reconciliation') })
  const findings = await readFindings(context.db.sql, { runIds: [row.id] }, FINDINGS_SHOWN)
  return presentRun(row, new Map([[publicId('reconciliation', row.id), findings.map(presentFinding)]]))
}

async function readRun({ db }: ClientContext, id: string): Promise<Row | undefined> {
  return (await db.sql<Row[]>`select * from reconciliation_runs where id = ${id}`)[0]
}

/** Inserts a run; null if another worker has the hour. */
export async function newRun(
  sql: Tx,
  run: { accountId: string; from: Date; to: Date; slot: Date | null },
): Promise<Row | null> {
  const [row] = await sql<Row[]>`
    insert into reconciliation_runs (id, account_id, slot, from_at, to_at, status)
    values (${newId()}, ${run.accountId}, ${run.slot}, ${run.from}, ${run.to}, 'running')
    on conflict do nothing returning *`
  return row ?? null
}

function presentRun(row: Row, findings: Map<string, FindingView[]>): RunView {
  const id = publicId('reconciliation', row.id)
  return {
    id,
    account: publicId('account', row.accountId),
    from: row.fromAt.toISOString(),
    to: row.toAt.toISOString(),
    status: row.status,
    error: row.error,
    records: row.records,
    attempts: row.attempts,
    findings_count: row.findings,
    findings: (findings.get(id) ?? []).slice(0, FINDINGS_SHOWN),
    created_at: row.createdAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
  }
}
