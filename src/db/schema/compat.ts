import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytea, createdAt, id, instant, isOneOf } from './columns.ts'
import { tenants } from './tenants.ts'

/** The operators whose API a door serves. */
export const FACADES = ['telefon-ip', 'new-tel'] as const
export type Facade = (typeof FACADES)[number]

/** What a client shows at a door; it opens nothing else. */
export const compatCredentials = pgTable(
  'compat_credentials',
  {
    id: id(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    livemode: boolean('livemode').notNull(),
    facade: text('facade', { enum: FACADES }).notNull(),
    name: text('name').notNull(),
    /** SHA-256 of the token or access key: it holds at least 122 random bits. */
    hash: bytea('hash').notNull(),
    /** The last four characters of the token or access key. */
    hint: text('hint').notNull(),
    /** Signatures need it in clear; null for a door without signatures. */
    sealedSignKey: bytea('sealed_sign_key'),
    createdAt: createdAt(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    uniqueIndex('compat_credentials_hash').on(t.hash),
    index('compat_credentials_tenant').on(t.tenantId, t.id),
    check('compat_credentials_facade', isOneOf('facade', FACADES)),
    check('compat_credentials_sign_key', sql`(facade = 'new-tel') = (sealed_sign_key is not null)`),
  ],
)

/** The last number that a call of a tenant and mode got. */
export const compatCounters = pgTable(
  'compat_counters',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    livemode: boolean('livemode').notNull(),
    last: integer('last').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.livemode] })],
)
