import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, createdAt, id, instant } from './columns.ts'

export const tenants = pgTable(
  'tenants',
  {
    id: id(),
    name: text('name').notNull(),
    /** True for the installation's own tenant, the only one whose keys can hold `admin`. */
    isFirst: boolean('is_first').notNull().default(false),
    defaultRegion: text('default_region'),
    currency: text('currency').notNull().default('RUB'),
    creditLimitMicros: bigint('credit_limit_micros', { mode: 'bigint' }).notNull().default(sql`0`),
    /** Origins of pages that may use client tokens. */
    allowedOrigins: text('allowed_origins').array().notNull().default(sql`'{}'`),
    /** Days until phones, addresses, references and metadata are erased. */
    retentionDays: integer('retention_days').notNull().default(365),
    /** Head of the tenant's own chain: its events outside any verification. */
    auditSeq: bigint('audit_seq', { mode: 'number' }).notNull().default(0),
    auditHead: bytea('audit_head'),
    createdAt: createdAt(),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    uniqueIndex('tenants_first').on(t.isFirst).where(sql`is_first`),
    index('tenants_origins').using('gin', t.allowedOrigins),
    check('tenants_currency', sql`currency ~ '^[A-Z]{3}$'`),
    check('tenants_credit_limit', sql`credit_limit_micros >= 0`),
    check('tenants_retention', sql`retention_days between 7 and 3650`),
  ],
)

export const SCOPES = ['verify', 'read', 'billing', 'admin'] as const

export const apiKeys = pgTable(
  'api_keys',
  {
    id: id(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    name: text('name').notNull(),
    /** SHA-256 of the whole key: it holds 190 random bits, so a plain hash gives nothing away. */
    hash: bytea('hash').notNull(),
    /** The last four characters, to tell keys apart by eye. */
    hint: text('hint').notNull(),
    scopes: text('scopes').array().notNull(),
    livemode: boolean('livemode').notNull(),
    /** CIDR; empty: from anywhere. */
    allowedNetworks: text('allowed_networks').array().notNull().default(sql`'{}'`),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** The key that replaced it; `expires_at` is then the end of their overlap. */
    replacedBy: uuid('replaced_by'),
    lastUsedAt: instant('last_used_at'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('api_keys_hash').on(t.hash),
    index('api_keys_tenant').on(t.tenantId, t.id),
    check(
      'api_keys_scopes',
      sql`scopes <@ array['verify', 'read', 'billing', 'admin'] and cardinality(scopes) > 0`,
    ),
  ],
)
