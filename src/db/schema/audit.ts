import { sql } from 'drizzle-orm'
import { boolean, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'

/**
 * The types of the rows that every verification writes while its call is placed. A search by one of their types reads
 * the list of all rows; the index by type leaves them out.
 */
export const ORDINARY_ROWS = [
  'verification.created attempt.queued',
  'verification.created attempt.queued billing.reserved',
  'attempt.placing verification.calling',
  'attempt.placed',
]

/** True for rows that the index by type holds. Repeat it in a query that uses the index. */
export const IS_RARE_ROW = `type not in (${ORDINARY_ROWS.map((types) => `'${types}'`).join(', ')})`

/**
 * The events that one transaction appended to one chain, in order: see `expand` in audit/chain.ts. Append-only:
 * triggers refuse UPDATE, DELETE and TRUNCATE. Partitioned by the month of `verification_id`.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    /** The first event's id, which ends in 00: the next ones count up. */
    id: uuid('id').notNull(),
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** Null for events of a tenant's own chain. */
    verificationId: uuid('verification_id'),
    /** The first event's number in its chain. */
    seq: integer('seq').notNull(),
    at: instant('at').notNull(),
    /** The events' types, separated by spaces. */
    type: text('type').notNull(),
    actor: text('actor').notNull(),
    requestId: text('request_id'),
    /** The events' data, one line of JSON each, byte for byte as hashed. */
    data: text('data').notNull(),
    /** Of the first event. */
    prevHash: bytea('prev_hash').notNull(),
    /** Of the last event. */
    hash: bytea('hash').notNull(),
  },
  (t) => [
    uniqueIndex('audit_events_chain').on(t.verificationId, t.seq),
    uniqueIndex('audit_events_tenant_chain').on(t.tenantId, t.seq).where(sql`verification_id is null`),
    index('audit_events_list').on(t.tenantId, t.livemode, t.id),
    // The types' hash, a third as long.
    index('audit_events_type')
      .on(t.tenantId, t.livemode, sql`hashtext(type)`, t.id)
      .where(sql.raw(IS_RARE_ROW)),
    // Rows come in the order of their time: checkpoints and spans read by it.
    index('audit_events_at').using('brin', t.at).with({ autosummarize: true, pages_per_range: 32 }),
  ],
)
