import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  index,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { id, instant, isOneOf } from './columns.ts'

export const TRANSACTION_KINDS = ['reserve', 'capture', 'release', 'cost', 'topup', 'adjustment'] as const

/**
 * Where money is. Owned by a tenant: `funds`, `reserved`, `revenue` (what was earned from it), `top_ups`,
 * `adjustments`; by a provider account: `operator_cost`, `operator_payable`.
 */
export const LEDGER_ACCOUNTS = [
  'funds',
  'reserved',
  'revenue',
  'top_ups',
  'adjustments',
  'operator_cost',
  'operator_payable',
] as const

/** Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. */
export const ledgerTransactions = pgTable(
  'ledger_transactions',
  {
    id: id(),
    kind: text('kind', { enum: TRANSACTION_KINDS }).notNull(),
    /** The attempt it is about; null for manual postings. */
    attemptId: uuid('attempt_id'),
    /** Null if it concerns only an operator. */
    tenantId: uuid('tenant_id'),
    /** The difference that an adjustment settles. */
    findingId: uuid('finding_id'),
    reason: text('reason'),
    reference: text('reference'),
    actor: text('actor').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [
    uniqueIndex('ledger_transactions_once').on(t.attemptId, t.kind).where(sql`attempt_id is not null`),
    // A hold ends once.
    uniqueIndex('ledger_transactions_one_end')
      .on(t.attemptId)
      .where(sql`attempt_id is not null and kind in ('capture', 'release')`),
    uniqueIndex('ledger_transactions_finding').on(t.findingId).where(sql`finding_id is not null`),
    // What a statement lists: movements of the tenant's balance, not holds.
    index('ledger_transactions_statement')
      .on(t.tenantId, t.at, t.id)
      .where(sql`kind in ('capture', 'topup', 'adjustment')`),
    index('ledger_transactions_by_hand').on(t.tenantId, t.at).where(sql`kind in ('topup', 'adjustment')`),
    check('ledger_transactions_kind_known', isOneOf('kind', TRANSACTION_KINDS)),
    check(
      'ledger_transactions_attempt',
      sql`(attempt_id is not null) = (kind in ('reserve', 'capture', 'release', 'cost'))`,
    ),
    check('ledger_transactions_reason', sql`kind <> 'adjustment' or reason is not null`),
  ],
)

/**
 * Append-only. A trigger checks that each SQL statement's entries sum to zero, and adds them to the balances.
 */
export const ledgerEntries = pgTable(
  'ledger_entries',
  {
    transactionId: uuid('transaction_id')
      .notNull()
      .references(() => ledgerTransactions.id),
    position: smallint('position').notNull(),
    account: text('account', { enum: LEDGER_ACCOUNTS }).notNull(),
    /** The tenant or provider account. */
    ownerId: uuid('owner_id').notNull(),
    currency: text('currency').notNull(),
    /** Positive into the account, negative out of it. */
    amountMicros: bigint('amount_micros', { mode: 'bigint' }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.transactionId, t.position] }),
    check('ledger_entries_account_known', isOneOf('account', LEDGER_ACCOUNTS)),
    check('ledger_entries_amount', sql`amount_micros <> 0`),
    check('ledger_entries_currency', sql`currency ~ '^[A-Z]{3}$'`),
  ],
)

/** The sum of each account's entries, kept by the trigger on entries. */
export const ledgerBalances = pgTable(
  'ledger_balances',
  {
    account: text('account', { enum: LEDGER_ACCOUNTS }).notNull(),
    ownerId: uuid('owner_id').notNull(),
    currency: text('currency').notNull(),
    balanceMicros: bigint('balance_micros', { mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.ownerId, t.account, t.currency] })],
)
