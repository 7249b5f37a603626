import { sql } from 'drizzle-orm'
import { boolean, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, id, instant } from './columns.ts'

/** Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: id(),
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** Null for events of a tenant's own chain. */
    verificationId: uuid('verification_id'),
    seq: integer('seq').notNull(),
    at: instant('at').notNull(),
    type: text('type').notNull(),
    actor: text('actor').notNull(),
    requestId: text('request_id'),
    /** JSON, byte for byte as hashed. */
    data: text('data').notNull(),
    prevHash: bytea('prev_hash').notNull(),
    hash: bytea('hash').notNull(),
  },
  (t) => [
    uniqueIndex('audit_events_chain').on(t.verificationId, t.seq).where(sql`verification_id is not null`),
    uniqueIndex('audit_events_tenant_chain').on(t.tenantId, t.seq).where(sql`verification_id is null`),
    index('audit_events_list').on(t.tenantId, t.livemode, t.id),
    // The order in which checkpoints read them.
    index('audit_events_at').on(t.at, t.id),
    index('audit_events_type').on(t.tenantId, t.livemode, t.type, t.id),
  ],
)
