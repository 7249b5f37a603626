import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, id, instant, isOneOf } from './columns.ts'
import { tenants } from './tenants.ts'

/** `phone`: erased on request; `retention`: older than the tenant keeps phones. */
export const ERASURE_KINDS = ['phone', 'retention'] as const

/** What was erased, and the certificate. A trigger refuses changes to completed rows, and all deletes. */
export const erasures = pgTable(
  'erasures',
  {
    id: id(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    livemode: boolean('livemode').notNull(),
    kind: text('kind', { enum: ERASURE_KINDS }).notNull(),
    /** Replaces the phone from now on; null for retention. */
    pseudonym: text('pseudonym'),
    /** The phone itself, sealed, until the erasure is complete. */
    sealedPhone: bytea('sealed_phone'),
    actor: text('actor').notNull(),
    requestId: text('request_id'),
    /** Verifications started later stay. */
    requestedAt: instant('requested_at').notNull(),
    completedAt: instant('completed_at'),
    verifications: integer('verifications').notNull(),
    /** How many of them had to be cancelled first. */
    cancelled: integer('cancelled').notNull(),
    /** A compact JWS. */
    certificate: text('certificate'),
  },
  (t) => [
    index('erasures_list').on(t.tenantId, t.livemode, t.id),
    index('erasures_pending').on(t.id).where(sql`completed_at is null`),
    check('erasures_kind_known', isOneOf('kind', ERASURE_KINDS)),
    check('erasures_phone', sql`(kind = 'phone') = (pseudonym is not null)`),
    check('erasures_sealed', sql`completed_at is null or sealed_phone is null`),
    check('erasures_certified', sql`(completed_at is null) = (certificate is null)`),
  ],
)

/** The progress of retention: verifications up to this id no longer hold a phone. */
export const retentionMarks = pgTable(
  'retention_marks',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    livemode: boolean('livemode').notNull(),
    verificationId: uuid('verification_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.livemode] })],
)
