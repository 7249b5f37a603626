import { index, pgTable, smallint, uuid } from 'drizzle-orm/pg-core'
import { bytea, createdAt, instant } from './columns.ts'

/** Webhooks that clients of a door gave for inbound calls: requested once the phone has called, then deleted. */
export const compatNotices = pgTable(
  'compat_notices',
  {
    verificationId: uuid('verification_id').primaryKey(),
    /** Its address may hold a secret of the client. */
    sealedUrl: bytea('sealed_url').notNull(),
    tries: smallint('tries').notNull().default(0),
    /** When it is looked at next. */
    dueAt: instant('due_at').notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('compat_notices_due').on(t.dueAt)],
)
