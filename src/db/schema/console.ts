import { index, pgTable } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

/** Used login links and ended sessions of the console, kept until they would have expired. */
export const spentTokens = pgTable(
  'spent_tokens',
  {
    id: id(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('spent_tokens_age').on(t.expiresAt)],
)
