import { sql } from 'drizzle-orm'
import {
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { CHANNELS } from '../../channels/channels.ts'
import { bytea, createdAt, id, instant } from './columns.ts'
import { tenants } from './tenants.ts'

export const providerAccounts = pgTable(
  'provider_accounts',
  {
    id: id(),
    provider: text('provider').notNull(),
    name: text('name').notNull(),
    /** Null for sandbox accounts: SANDBOX_URL is their address. */
    baseUrl: text('base_url'),
    /** JSON, sealed with AES-256-GCM under the account's id. */
    credentials: bytea('credentials').notNull(),
    settings: jsonb('settings').notNull().default({}),
    /**
     * The tenant whose test keys this simulated account serves; null for a real account, which serves all.
     */
    sandboxTenantId: uuid('sandbox_tenant_id').references(() => tenants.id),
    createdAt: createdAt(),
    updatedAt: instant('updated_at').notNull().default(sql`now()`),
    /** Since when routes skip it, because a person said so. */
    disabledAt: instant('disabled_at'),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    uniqueIndex('provider_accounts_name')
      .on(t.name)
      .where(sql`deleted_at is null and sandbox_tenant_id is null`),
    uniqueIndex('provider_accounts_sandbox')
      .on(t.sandboxTenantId, t.provider)
      .where(sql`sandbox_tenant_id is not null`),
    check('provider_accounts_address', sql`(base_url is null) = (sandbox_tenant_id is not null)`),
  ],
)

export const routes = pgTable(
  'routes',
  {
    id: id(),
    /** E.164 prefix with its plus, `+79`. */
    prefix: text('prefix').notNull(),
    channel: text('channel', { enum: CHANNELS }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('routes_prefix').on(t.channel, t.prefix),
    check('routes_prefix_form', sql`prefix ~ '^\\+[0-9]{0,15}$'`),
  ],
)

export const routeAccounts = pgTable(
  'route_accounts',
  {
    routeId: uuid('route_id')
      .notNull()
      .references(() => routes.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => providerAccounts.id),
  },
  (t) => [
    primaryKey({ columns: [t.routeId, t.position] }),
    uniqueIndex('route_accounts_once').on(t.routeId, t.accountId),
    index('route_accounts_account').on(t.accountId),
  ],
)
