import { date, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'

/**
 * Months whose rows lie in files outside of the database. Append-only, but for the signature: a key rotation signs it
 * again.
 */
export const archives = pgTable('archives', {
  /** Its first day. */
  month: date('month', { mode: 'string' }).primaryKey(),
  /** Byte for byte as in the archive's manifest.json: counts, hashes of files, sums of the ledger. */
  manifest: text('manifest').notNull(),
  /** The manifest's SHA-256 as a compact JWS. */
  signature: text('signature').notNull(),
  /** The key that signed it. */
  kid: text('kid').notNull(),
  createdAt: createdAt(),
})
