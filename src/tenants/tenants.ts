import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../audit/administration.ts'
import { balanceOf } from '../billing/balance.ts'
import { lockFunds } from '../billing/funds.ts'
import { author, type ClientContext } from '../context.ts'
import { type OrmTx, sqlOf } from '../db/client.ts'
import { tenants } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { parseId, publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import { createTenant } from './create.ts'
import type { CreateTenantInput, TenantView, UpdateTenantInput } from './schemas.ts'

type Row = typeof tenants.$inferSelect

/** Adds a tenant, with simulated operators for its test keys. */
export async function addTenant(context: ClientContext, input: CreateTenantInput): Promise<TenantView> {
  const fields = {
    name: input.name,
    defaultRegion: input.default_region,
    currency: input.currency,
    creditLimitMicros: input.credit_limit,
    retentionDays: input.retention_days,
  }
  return context.caches.changing(['tenants'], () =>
    once(context, async () => {
      const tenant = await createTenant(context, fields, (tx, made) =>
        record(context, tx, presentTenant(made)),
      )
      if (!tenant) throw new Error('the tenant was not created')
      return presentTenant(tenant)
    }),
  )
}

async function record(context: ClientContext, tx: OrmTx, tenant: TenantView): Promise<void> {
  const { id, name, default_region, currency, credit_limit, retention_days } = tenant
  const data = { tenant: id, name, default_region, currency, credit_limit, retention_days }
  await recordAdministration(tx, null, author(context), 'tenant.created', data)
  await remember(context, tx, tenant)
}

/** Every tenant of the installation, newest first. */
export async function listTenants({ db }: ClientContext, query: PageInput) {
  const after = afterCursor(query)
  const rows = await db.orm
    .select()
    .from(tenants)
    .where(and(isNull(tenants.deletedAt), after ? lt(tenants.id, after) : undefined))
    .orderBy(desc(tenants.id))
    .limit(query.limit + 1)
  return toPage(rows, query.limit, presentTenant)
}

/** One tenant. */
export async function getTenant({ db }: ClientContext, input: { id: string }): Promise<TenantView> {
  const [row] = await db.orm.select().from(tenants).where(existing(input.id))
  if (!row) throw unknownTenant()
  return presentTenant(row)
}

/** Changes a tenant. Its currency stays: everything that it was ever billed is in it. */
export async function updateTenant(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateTenantInput },
): Promise<TenantView> {
  return context.caches.changing(['tenants'], () =>
    context.db.orm.transaction(async (tx) => {
      const [found] = await tx.select().from(tenants).where(existing(id)).for('no key update')
      if (!found) throw unknownTenant()
      const { name = found.name, default_region: defaultRegion, credit_limit: creditLimitMicros } = changes
      const set = { name, defaultRegion, creditLimitMicros, retentionDays: changes.retention_days }
      const [row] = await tx.update(tenants).set(set).where(eq(tenants.id, found.id)).returning()
      const view = presentTenant(row as Row)
      const changed = changedFields(presentTenant(found), view)
      if (changed.length > 0) {
        const data = { tenant: view.id, changed }
        await recordAdministration(tx, null, author(context), 'tenant.updated', data)
      }
      return view
    }),
  )
}

/**
 * Ends a tenant: its keys stop working within a second. What happened stays on record. Never the first one, nor one that has money,
 * owes some, or has some set aside: nobody could move it afterwards.
 */
export async function deleteTenant(context: ClientContext, { id }: { id: string }): Promise<void> {
  const tenantId = parseId('tenant', id)
  if (!tenantId) throw unknownTenant()
  await context.caches.changing(['tenants'], () =>
    context.db.orm.transaction(async (tx) => {
      // Funds are locked before tenants, here as everywhere.
      await lockFunds(sqlOf(tx), [tenantId])
      const [found] = await tx.select().from(tenants).where(existing(id)).for('no key update')
      if (!found) throw unknownTenant()
      if (found.isFirst) throw new AppError('conflict', { detail: say('first_tenant_stays') })
      const { balance, reserved } = await balanceOf(sqlOf(tx), found.id)
      if (Number(balance.amount) !== 0 || Number(reserved.amount) !== 0) {
        const facts = { balance: balance.amount, reserved: reserved.amount, currency: balance.currency }
        throw new AppError('conflict', { detail: say('tenant_balance_open', facts) })
      }
      await tx.update(tenants).set({ deletedAt: sql`now()` }).where(eq(tenants.id, found.id))
      const data = { tenant: publicId('tenant', found.id), name: found.name }
      await recordAdministration(tx, null, author(context), 'tenant.deleted', data)
    }),
  )
}

function existing(id: string) {
  const parsed = parseId('tenant', id)
  if (!parsed) throw unknownTenant()
  return and(eq(tenants.id, parsed), isNull(tenants.deletedAt))
}

function unknownTenant(): AppError {
  return new AppError('not_found', { detail: say('unknown_tenant') })
}

function presentTenant(row: Row): TenantView {
  return {
    id: publicId('tenant', row.id),
    name: row.name,
    is_first: row.isFirst,
    default_region: row.defaultRegion,
    currency: row.currency,
    credit_limit: toMoney(row.creditLimitMicros, row.currency).amount,
    retention_days: row.retentionDays,
    created_at: row.createdAt.toISOString(),
  }
}
