import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  real,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import { CHANNELS } from '../../channels/channels.ts'
import { instant, isOneOf } from './columns.ts'
import { providerAccounts } from './routing.ts'

/** `unauthorized`: the operator rejected the credentials. */
export const STOP_REASONS = ['unauthorized'] as const

/** What an operator said about the numbers of a pool; `unconfirmed`: it cannot say. */
export const NUMBERS_CHECKS = ['owned', 'unconfirmed', 'foreign'] as const

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const

/** The health of an account, shared by all workers. Its first call creates the row. */
export const accountStates = pgTable(
  'account_states',
  {
    accountId: uuid('account_id')
      .primaryKey()
      .references(() => providerAccounts.id),
    breaker: text('breaker', { enum: BREAKER_STATES }).notNull().default('closed'),
    /** Operator faults in a row. */
    consecutiveFaults: integer('consecutive_faults').notNull().default(0),
    /** Exponentially weighted share of faults in recent calls, and how many calls it covers. */
    faultRatio: real('fault_ratio').notNull().default(0),
    calls: bigint('calls', { mode: 'number' }).notNull().default(0),
    /** How often the breaker opened since it last closed: each time the account rests twice as long. */
    openings: integer('openings').notNull().default(0),
    openUntil: instant('open_until'),
    /** If a half-open breaker's probe is not back by then, another may start. */
    probingUntil: instant('probing_until'),
    /** The second in which calls were last placed, and how many. */
    secondAt: instant('second_at'),
    secondCount: integer('second_count').notNull().default(0),
    balanceMicros: bigint('balance_micros', { mode: 'bigint' }),
    balanceLimitMicros: bigint('balance_limit_micros', { mode: 'bigint' }),
    callPriceMicros: bigint('call_price_micros', { mode: 'bigint' }),
    balanceCurrency: text('balance_currency'),
    balanceAt: instant('balance_at'),
    /** The error of the last balance check. */
    balanceError: text('balance_error'),
    /** The kind of that fault: a `ProviderFault['reason']`. */
    balanceFault: text('balance_fault'),
    /** What the last check found about the numbers of its pool, when, and up to ten that it does not own. */
    numbersCheck: text('numbers_check', { enum: NUMBERS_CHECKS }),
    numbersAt: instant('numbers_at'),
    numbersForeign: text('numbers_foreign').array(),
  },
  () => [
    check('account_states_breaker', isOneOf('breaker', BREAKER_STATES)),
    check('account_states_numbers', isOneOf('numbers_check', NUMBERS_CHECKS)),
  ],
)

/**
 * Accounts for which nothing is sent until a person acts. `key`: the account, or the address that bans us and so
 * stops every account there.
 */
export const accountStops = pgTable(
  'account_stops',
  {
    key: text('key').primaryKey(),
    /** Whose credentials were rejected; null if the account was not saved. */
    accountId: uuid('account_id').references(() => providerAccounts.id),
    reason: text('reason', { enum: STOP_REASONS }).notNull(),
    /** What the operator said, without secrets: packed words. */
    said: text('said'),
    at: instant('at').notNull().default(sql`now()`),
  },
  (t) => [
    index('account_stops_account').on(t.accountId),
    check('account_stops_reason', isOneOf('reason', STOP_REASONS)),
  ],
)

/** The results of an account on one channel for one network prefix: exponentially weighted shares of recent calls. */
export const accountRatios = pgTable(
  'account_ratios',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
    channel: text('channel', { enum: CHANNELS }).notNull().default('flash_call'),
    prefix: text('prefix').notNull(),
    delivered: real('delivered').notNull().default(1),
    deliveredCalls: bigint('delivered_calls', { mode: 'number' }).notNull().default(0),
    approved: real('approved').notNull().default(1),
    approvedCalls: bigint('approved_calls', { mode: 'number' }).notNull().default(0),
    /** Since when the account ranks behind the others for this prefix; null if it does not. */
    demotedAt: instant('demoted_at'),
    updatedAt: instant('updated_at').notNull().default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.channel, t.prefix] })],
)

/**
 * Flash calls of an account and UTC day whose calling number the operator told: how many, and for how many it was
 * not the one that we chose. The last sixty days with such calls.
 */
export const accountNumberDays = pgTable(
  'account_number_days',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
    day: date('day').notNull(),
    told: integer('told').notNull(),
    replaced: integer('replaced').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.day] }),
    check('account_number_days_counts', sql`replaced between 0 and told`),
  ],
)
