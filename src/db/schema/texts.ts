import { jsonb, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { tenants } from './tenants.ts'

/** What a tenant has set of the texts of its messages and voice calls. */
export const texts = pgTable('texts', {
  tenantId: uuid('tenant_id')
    .primaryKey()
    .references(() => tenants.id),
  fields: jsonb('fields').$type<Record<string, unknown>>().notNull(),
  updatedAt: instant('updated_at').notNull(),
})
