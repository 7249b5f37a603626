import { balanceOf } from '../billing/balance.ts'
import { lockFunds } from '../billing/funds.ts'
import type { ClientContext } from '../context.ts'
import { type OrmTx, sqlOf } from '../db/client.ts'
import { tenants } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { administer } from '../resources/administer.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { say } from '../words/text.ts'
import { insertTenant } from './create.ts'
import type { CreateTenantInput, TenantView, UpdateTenantInput } from './schemas.ts'

type Row = typeof tenants.$inferSelect

const resource = administer({
  kind: 'tenant',
  table: tenants,
  present: presentTenant,
  facts: ({
    id,
    name,
    default_region,
    currency,
    credit_limit,
    retention_days,
    allowed_origins,
  }: TenantView) => ({
    tenant: id,
    name,
    default_region,
    currency,
    credit_limit,
    retention_days,
    allowed_origins,
  }),
  // Lock order everywhere: funds, then tenants.
  lockFirst: async (tx, { id }) => void (await lockFunds(sqlOf(tx), [id])),
  requireRemovable,
})

/** Creates a tenant, with simulated operators for its test keys. */
export function addTenant(context: ClientContext, input: CreateTenantInput): Promise<TenantView> {
  return resource.create(context, async (tx, id) => {
    await insertTenant(tx, context, {
      id,
      name: input.name,
      defaultRegion: input.default_region,
      currency: input.currency,
      creditLimitMicros: input.credit_limit,
      retentionDays: input.retention_days,
      allowedOrigins: input.allowed_origins,
    })
  })
}

/** Every tenant of the installation, newest first. */
export const listTenants = resource.list

/** One tenant. */
export const getTenant = resource.get

/** Changes a tenant. Its currency is fixed: all its billing is in that currency. */
export function updateTenant(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateTenantInput },
): Promise<TenantView> {
  const { name, default_region: defaultRegion, credit_limit: creditLimitMicros } = changes
  const { retention_days: retentionDays, allowed_origins: allowedOrigins } = changes
  const set = { name, defaultRegion, creditLimitMicros, retentionDays, allowedOrigins }
  return resource.update(context, { id }, async () => ({ set }))
}

/**
 * Deletes a tenant: its keys stop working within a second; its records stay. Throws 409 for the first tenant
 * and for one with a balance, a debt or a hold, since that money could no longer be moved.
 */
export const deleteTenant = resource.remove

async function requireRemovable(tx: OrmTx, { id, isFirst }: Row): Promise<void> {
  if (isFirst) throw new AppError('conflict', { detail: say('first_tenant_stays') })
  const { balance, reserved } = await balanceOf(sqlOf(tx), id)
  if (Number(balance.amount) !== 0 || Number(reserved.amount) !== 0) {
    const facts = { balance: balance.amount, reserved: reserved.amount, currency: balance.currency }
    throw new AppError('conflict', { detail: say('tenant_balance_open', facts) })
  }
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
    allowed_origins: row.allowedOrigins,
    created_at: row.createdAt.toISOString(),
  }
}
