import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

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

/** The accounts that each kind moves money between. */
const MOVES = [
  ['reserve', 'funds', 'reserved'],
  ['capture', 'reserved', 'revenue'],
  ['release', 'reserved', 'funds'],
  ['cost', 'operator_cost', 'operator_payable'],
  ['topup', 'top_ups', 'funds'],
  ['adjustment', 'adjustments', 'funds'],
  ['adjustment', 'funds', 'adjustments'],
  ['adjustment', 'operator_cost', 'operator_payable'],
  ['adjustment', 'operator_payable', 'operator_cost'],
]
  .map((move) => `('${move.join("', '")}')`)
  .join(', ')

/**
 * Movements of money between two ledger accounts of one owner, so none can be unbalanced. Append-only: triggers
 * refuse UPDATE, DELETE and TRUNCATE. A trigger adds each movement to both balances. The view `ledger_entries`
 * shows a movement as its two sides.
 */
export const ledgerTransactions = pgTable(
  'ledger_transactions',
  {
    id: uuid('id').notNull(),
    kind: text('kind', { enum: TRANSACTION_KINDS }).notNull(),
    /** The tenant or provider account whose ledger accounts these are. */
    ownerId: uuid('owner_id').notNull(),
    fromAccount: text('from_account', { enum: LEDGER_ACCOUNTS }).notNull(),
    toAccount: text('to_account', { enum: LEDGER_ACCOUNTS }).notNull(),
    currency: text('currency').notNull(),
    amountMicros: bigint('amount_micros', { mode: 'bigint' }).notNull(),
    /** The attempt it is about and its verification; null for manual postings. */
    verificationId: uuid('verification_id'),
    attemptId: uuid('attempt_id'),
    /** The owner, if it is a tenant; null if it is a provider account. */
    tenantId: uuid('tenant_id'),
    /** The difference that an adjustment settles. */
    findingId: uuid('finding_id'),
    reason: text('reason'),
    reference: text('reference'),
    actor: text('actor').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [
    // An attempt is reserved, costed and ended at most once each: a hold ends by a capture or a release.
    uniqueIndex('ledger_transactions_once')
      .on(
        t.verificationId,
        t.attemptId,
        sql`(case when kind in ('capture', 'release') then 'end' else kind end)`,
      )
      .where(sql`verification_id is not null`),
    // `ledger_transactions_finding`, unique, is in the migration: Drizzle cannot declare `nulls not distinct`.
    // What a statement lists: movements of the tenant's balance, not holds.
    index('ledger_transactions_statement')
      .on(t.tenantId, t.at, t.id)
      .where(sql`kind in ('capture', 'topup', 'adjustment')`),
    index('ledger_transactions_by_hand').on(t.tenantId, t.at).where(sql`kind in ('topup', 'adjustment')`),
    // For the costs since an operator's balance was read. BRIN: rows arrive in the order of their time.
    index('ledger_transactions_at').using('brin', t.at).with({ autosummarize: true }),
    check('ledger_transactions_amount', sql`amount_micros > 0`),
    check('ledger_transactions_currency', sql`currency ~ '^[A-Z]{3}$'`),
    check('ledger_transactions_accounts', sql.raw(`(kind, from_account, to_account) in (${MOVES})`)),
    check(
      'ledger_transactions_attempt',
      sql`(attempt_id is not null) = (kind in ('reserve', 'capture', 'release', 'cost'))
        and (attempt_id is null) = (verification_id is null)`,
    ),
    check(
      'ledger_transactions_tenant',
      sql`tenant_id is not distinct from case when from_account like 'operator%' then null else owner_id end`,
    ),
    check('ledger_transactions_finding_kind', sql`finding_id is null or kind = 'adjustment'`),
    check('ledger_transactions_reason', sql`kind <> 'adjustment' or reason is not null`),
  ],
)

/** The sum of each account's entries, kept by the trigger on transactions. */
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
