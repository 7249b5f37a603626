import { index, pgTable } from 'drizzle-orm/pg-core'
import { bytea, createdAt } from './columns.ts'

/** Signatures of requests at the New-Tel door, for as long as their time is accepted: each opens it once. */
export const compatSignatures = pgTable(
  'compat_signatures',
  { signature: bytea('signature').primaryKey(), createdAt: createdAt() },
  (t) => [index('compat_signatures_time').on(t.createdAt)],
)
