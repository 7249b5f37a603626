import { sql } from 'drizzle-orm'
import { bigint, check, date, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { CHANNELS } from '../../channels/channels.ts'
import { createdAt, id, instant, isOneOf } from './columns.ts'
import { providerAccounts } from './routing.ts'
import { tenants } from './tenants.ts'

/** What a charge is for: the call was placed, the phone rang, or the verification was approved. */
export const PRICE_PERS = ['attempt', 'delivered', 'approved'] as const
export const COST_PERS = ['attempt', 'delivered'] as const

const micros = (name: string) => bigint(name, { mode: 'bigint' })

/** What tenants pay. Attempts keep the price in force when they were queued, so rows here may change. */
export const prices = pgTable(
  'prices',
  {
    id: id(),
    /** Null: the default list, for tenants whose own list has no match. */
    tenantId: uuid('tenant_id').references(() => tenants.id),
    prefix: text('prefix').notNull(),
    channel: text('channel', { enum: CHANNELS }).notNull(),
    per: text('per', { enum: PRICE_PERS }).notNull(),
    amountMicros: micros('amount_micros').notNull(),
    currency: text('currency').notNull(),
    validFrom: instant('valid_from').notNull(),
    createdAt: createdAt(),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    uniqueIndex('prices_once')
      .on(
        sql`coalesce(${t.tenantId}, '00000000-0000-0000-0000-000000000000')`,
        t.channel,
        t.prefix,
        t.currency,
        t.validFrom,
      )
      .where(sql`deleted_at is null`),
    check('prices_prefix_form', sql`prefix ~ '^\\+[0-9]{0,15}$'`),
    check('prices_amount', sql`amount_micros >= 0`),
    check('prices_currency', sql`currency ~ '^[A-Z]{3}$'`),
    check('prices_per_known', isOneOf('per', PRICE_PERS)),
  ],
)

/** What operators charge, if they do not report it with the call. */
export const accountCosts = pgTable(
  'account_costs',
  {
    id: id(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
    prefix: text('prefix').notNull(),
    channel: text('channel', { enum: CHANNELS }).notNull(),
    per: text('per', { enum: COST_PERS }).notNull(),
    amountMicros: micros('amount_micros').notNull(),
    currency: text('currency').notNull(),
    validFrom: instant('valid_from').notNull(),
    createdAt: createdAt(),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    uniqueIndex('account_costs_once')
      .on(t.accountId, t.channel, t.prefix, t.validFrom)
      .where(sql`deleted_at is null`),
    check('account_costs_prefix_form', sql`prefix ~ '^\\+[0-9]{0,15}$'`),
    check('account_costs_amount', sql`amount_micros >= 0`),
    check('account_costs_currency', sql`currency ~ '^[A-Z]{3}$'`),
    check('account_costs_per_known', isOneOf('per', COST_PERS)),
  ],
)

/**
 * A tenant's totals by day (UTC), so limits and statements need not add up every call. Guarded by the lock on
 * its funds.
 */
export const dailySpend = pgTable(
  'daily_spend',
  {
    tenantId: uuid('tenant_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    /** Holds for attempts queued on the day, less what was released: what `spend_per_day` limits. */
    spentMicros: micros('spent_micros').notNull(),
    /** Captured on the day, and for how many calls. */
    capturedMicros: micros('captured_micros').notNull().default(sql`0`),
    capturedCalls: bigint('captured_calls', { mode: 'number' }).notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.day] })],
)

/** The nightly comparison of balances and entries; one worker does it. */
export const ledgerChecks = pgTable(
  'ledger_checks',
  {
    day: date('day', { mode: 'string' }).primaryKey(),
    startedAt: instant('started_at').notNull().default(sql`now()`),
    finishedAt: instant('finished_at'),
    problems: bigint('problems', { mode: 'number' }),
  },
  (t) => [index('ledger_checks_finished').on(t.finishedAt)],
)
