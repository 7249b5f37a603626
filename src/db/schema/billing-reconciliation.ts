import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, isOneOf } from './columns.ts'
import { providerAccounts } from './routing.ts'

export const RUN_STATUSES = ['running', 'done', 'failed'] as const
export const FINDING_KINDS = [
  'charged_unknown',
  'not_charged',
  'price_differs',
  'status_differs',
  'balance_differs',
] as const
export const FINDING_STATES = ['open', 'explained', 'written_off'] as const

/** A call as one side recorded it. */
export type Side = { status: string | null; cost: string | null; currency: string | null }

/** One comparison of an operator's own records with ours. */
export const reconciliationRuns = pgTable(
  'reconciliation_runs',
  {
    id: id(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
    /** The hour it is due for; null for a run on request. One worker does each hour. */
    slot: instant('slot'),
    fromAt: instant('from_at').notNull(),
    toAt: instant('to_at').notNull(),
    status: text('status', { enum: RUN_STATUSES }).notNull(),
    /** Why it failed. */
    error: text('error'),
    records: integer('records').notNull().default(0),
    attempts: integer('attempts').notNull().default(0),
    /** Differences that no earlier run found. */
    findings: integer('findings').notNull().default(0),
    /** The operator's balance at that moment, if it could be read, to compare its change with the costs. */
    balanceMicros: bigint('balance_micros', { mode: 'bigint' }),
    balanceCurrency: text('balance_currency'),
    createdAt: createdAt(),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('reconciliation_runs_slot').on(t.accountId, t.slot).where(sql`slot is not null`),
    index('reconciliation_runs_account').on(t.accountId, t.id),
    check('reconciliation_runs_status_known', isOneOf('status', RUN_STATUSES)),
  ],
)

/** One difference between an operator's records and ours. */
export const reconciliationFindings = pgTable(
  'reconciliation_findings',
  {
    id: id(),
    /** The run that found it. */
    runId: uuid('run_id')
      .notNull()
      .references(() => reconciliationRuns.id),
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
    kind: text('kind', { enum: FINDING_KINDS }).notNull(),
    /** Identifies the difference, so that the next run does not report it again. */
    fingerprint: text('fingerprint').notNull(),
    attemptId: uuid('attempt_id'),
    operatorRow: text('operator_row'),
    phone: text('phone'),
    at: instant('at').notNull(),
    ours: jsonb('ours').$type<Side>().notNull(),
    theirs: jsonb('theirs').$type<Side>().notNull(),
    /** What the operator charged beyond what we recorded. */
    differenceMicros: bigint('difference_micros', { mode: 'bigint' }).notNull(),
    currency: text('currency').notNull(),
    state: text('state', { enum: FINDING_STATES }).notNull(),
    note: text('note'),
    createdAt: createdAt(),
    resolvedAt: instant('resolved_at'),
    resolvedBy: text('resolved_by'),
  },
  (t) => [
    uniqueIndex('reconciliation_findings_once').on(t.accountId, t.fingerprint),
    index('reconciliation_findings_run').on(t.runId),
    index('reconciliation_findings_state').on(t.state, t.id),
    index('reconciliation_findings_call').on(t.attemptId).where(sql`attempt_id is not null`),
    check('reconciliation_findings_kind_known', isOneOf('kind', FINDING_KINDS)),
    check('reconciliation_findings_state_known', isOneOf('state', FINDING_STATES)),
  ],
)
