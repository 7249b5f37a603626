import { bigint, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, createdAt, id, instant } from './columns.ts'

/** One per hour since the first event. Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. */
export const auditCheckpoints = pgTable(
  'audit_checkpoints',
  {
    id: id(),
    /** 1, 2, 3 …, without gaps. */
    number: bigint('number', { mode: 'number' }).notNull(),
    /** The start of the hour. */
    hour: instant('hour').notNull(),
    events: bigint('events', { mode: 'number' }).notNull(),
    prevHash: bytea('prev_hash').notNull(),
    hash: bytea('hash').notNull(),
    /** The key that signed it. */
    kid: text('kid').notNull(),
    /** The checkpoint as a compact JWS. */
    signature: text('signature').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('audit_checkpoints_number').on(t.number),
    uniqueIndex('audit_checkpoints_hour').on(t.hour),
  ],
)

/**
 * What a checkpoint covers, in order: the id, verification and hash of each event. They let a reader who
 * finds a wrong hash name the event. Append-only too.
 */
export const auditCheckpointLeaves = pgTable(
  'audit_checkpoint_leaves',
  {
    checkpointId: uuid('checkpoint_id')
      .notNull()
      .references(() => auditCheckpoints.id),
    part: integer('part').notNull(),
    leaves: bytea('leaves').notNull(),
  },
  (t) => [primaryKey({ columns: [t.checkpointId, t.part] })],
)
