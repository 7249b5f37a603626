import { boolean, index, integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'
import { tenants } from './tenants.ts'

/** Used login links and ended sessions of the console, kept until they would have expired. */
export const spentTokens = pgTable(
  'spent_tokens',
  {
    id: id(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('spent_tokens_age').on(t.expiresAt)],
)

/** Replaced by `statistics`; processes of the previous version still use it during an upgrade. */
export const verificationHours = pgTable(
  'verification_hours',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    livemode: boolean('livemode').notNull(),
    hour: instant('hour').notNull(),
    starts: integer('starts').notNull(),
    delivered: integer('delivered').notNull(),
    approved: integer('approved').notNull(),
    denied: integer('denied').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.livemode, t.hour] })],
)
