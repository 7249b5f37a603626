import { sql } from 'drizzle-orm'
import { boolean, index, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { bytea, createdAt, instant } from './columns.ts'

/** What happened to one phone of a tenant lately; one row is locked by whoever counts. */
export const phoneCounters = pgTable(
  'phone_counters',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** Keyed hash of the phone. */
    phoneKey: bytea('phone_key').notNull(),
    /** Instants of the wrong guesses of the last day, oldest first. */
    wrongGuesses: timestamp('wrong_guesses', { withTimezone: true, precision: 3 })
      .array()
      .notNull()
      .default(sql`'{}'`),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.phoneKey] }),
    index('phone_counters_age').on(t.updatedAt),
  ],
)

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    key: text('key').notNull(),
    /** Keyed hash of method, path and body. */
    fingerprint: bytea('fingerprint').notNull(),
    /** The sealed answer; null while the first request is running. */
    answer: bytea('answer'),
    /** A first request that has not answered by then died; the key may be used again. */
    runningUntil: instant('running_until').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.key] }),
    index('idempotency_keys_age').on(t.createdAt),
  ],
)
