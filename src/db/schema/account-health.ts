import { sql } from 'drizzle-orm'
import { bigint, check, integer, pgTable, primaryKey, real, text, uuid } from 'drizzle-orm/pg-core'
import { instant, isOneOf } from './columns.ts'
import { providerAccounts } from './routing.ts'

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const

/** How an account is doing, as all workers see it. A row appears with the first call. */
export const accountStates = pgTable(
  'account_states',
  {
    accountId: uuid('account_id')
      .primaryKey()
      .references(() => providerAccounts.id),
    breaker: text('breaker', { enum: BREAKER_STATES }).notNull().default('closed'),
    /** Operator faults in a row. */
    consecutiveFaults: integer('consecutive_faults').notNull().default(0),
    /** Exponentially weighted share of faults among the last calls, and how many calls it knows. */
    faultRatio: real('fault_ratio').notNull().default(0),
    calls: bigint('calls', { mode: 'number' }).notNull().default(0),
    /** How often the breaker opened since it was last closed: each time it rests twice as long. */
    openings: integer('openings').notNull().default(0),
    openUntil: instant('open_until'),
    /** A half-open breaker whose probe is not back by then lets another one through. */
    probingUntil: instant('probing_until'),
    /** The second in which calls were last placed, and how many. */
    secondAt: instant('second_at'),
    secondCount: integer('second_count').notNull().default(0),
    balanceMicros: bigint('balance_micros', { mode: 'bigint' }),
    balanceLimitMicros: bigint('balance_limit_micros', { mode: 'bigint' }),
    callPriceMicros: bigint('call_price_micros', { mode: 'bigint' }),
    balanceCurrency: text('balance_currency'),
    balanceAt: instant('balance_at'),
    /** What the last look at the balance failed with. */
    balanceError: text('balance_error'),
    /** The kind of that fault: a `ProviderFault['reason']`. */
    balanceFault: text('balance_fault'),
  },
  () => [check('account_states_breaker', isOneOf('breaker', BREAKER_STATES))],
)

/** How an account is doing for one network prefix: exponentially weighted shares of the last calls. */
export const accountRatios = pgTable(
  'account_ratios',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
    prefix: text('prefix').notNull(),
    delivered: real('delivered').notNull().default(1),
    deliveredCalls: bigint('delivered_calls', { mode: 'number' }).notNull().default(0),
    approved: real('approved').notNull().default(1),
    approvedCalls: bigint('approved_calls', { mode: 'number' }).notNull().default(0),
    /** Since when the account comes behind the others for this prefix; null: it does not. */
    demotedAt: instant('demoted_at'),
    updatedAt: instant('updated_at').notNull().default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.prefix] })],
)
