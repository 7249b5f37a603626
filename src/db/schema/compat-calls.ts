import { boolean, index, integer, pgTable, primaryKey, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { compatCredentials } from './compat.ts'

/** Verifications started at a door, under the small numbers that its clients keep in 32 bits. */
export const compatCalls = pgTable(
  'compat_calls',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** 1, 2, 3 … within tenant and mode: it tells nothing about others. */
    number: integer('number').notNull(),
    verificationId: uuid('verification_id').notNull(),
    credentialId: uuid('credential_id')
      .notNull()
      .references(() => compatCredentials.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.number] }),
    uniqueIndex('compat_calls_verification').on(t.verificationId),
    index('compat_calls_time').on(t.tenantId, t.livemode, t.createdAt, t.number),
  ],
)
