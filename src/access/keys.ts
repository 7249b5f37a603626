import { eq } from 'drizzle-orm'
import type { ClientContext, Scope, TenantActor } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { apiKeys, tenants } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { administer } from '../resources/administer.ts'
import { parseId, publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { hashKey, newKeySecret } from './key-secret.ts'
import type { CreateKeyInput, KeyView, UpdateKeyInput } from './schemas.ts'

type Row = typeof apiKeys.$inferSelect

const resource = administer({
  kind: 'key',
  table: apiKeys,
  // A test key sees no live keys.
  visible: ({ livemode }) => (livemode ? undefined : eq(apiKeys.livemode, false)),
  listed: ({ tenantId }) => eq(apiKeys.tenantId, tenantId),
  present: presentKey,
  facts: keyFacts,
  chainOf: (row) => row.tenantId,
  // Lock order everywhere: tenant, then key.
  lockFirst: async (tx, row) => void (await lockTenant(tx, row.tenantId)),
  removal: 'revoked',
})

/** Creates a key for a tenant, the caller's own by default. Only this answer holds the secret. */
export function createKey(context: ClientContext, input: CreateKeyInput) {
  return resource.create(context, async (tx, id) => {
    const { actor } = context
    requireMode(actor, input.livemode)
    const tenant = await lockTenant(
      tx,
      input.tenant === undefined ? actor.tenantId : parseId('tenant', input.tenant),
    )
    if (!tenant || tenant.deletedAt) throw invalid('tenant', 'tenant')
    requireFirstForAdmin(input.scopes, tenant.isFirst)
    const secret = newKeySecret(input.livemode)
    await tx.insert(apiKeys).values({
      id,
      tenantId: tenant.id,
      name: input.name,
      hash: hashKey(secret),
      hint: secret.slice(-4),
      scopes: input.scopes,
      livemode: input.livemode,
      allowedNetworks: input.allowed_networks,
      expiresAt: input.expires_at,
    })
    return { answer: { secret } }
  })
}

/** The keys of the tenant that the caller acts for, newest first. */
export const listKeys = resource.list

/** One key of any tenant. */
export const getKey = resource.get

/** Changes a key. All processes follow within a second. Throws 409 for a new expiry of an expired key. */
export function updateKey(context: ClientContext, { id, changes }: { id: string; changes: UpdateKeyInput }) {
  return resource.update(context, { id }, async (tx, key) => {
    const { name, scopes, allowed_networks: allowedNetworks, expires_at: expiresAt } = changes
    if (expiresAt !== undefined && hasExpired(key)) {
      throw new AppError('conflict', { detail: say('key_expired') })
    }
    const tenant = await lockTenant(tx, key.tenantId)
    requireFirstForAdmin(scopes ?? [], tenant?.isFirst ?? false)
    return { set: { name, scopes, allowedNetworks, expiresAt } }
  })
}

/** Revokes a key for good. It stops working within a second in every process. */
export const revokeKey = resource.remove

/** Locks a key, after its tenant. Throws 404 for an unknown key. */
export const lockKey = resource.lock

async function lockTenant(tx: OrmTx, id: string | null) {
  if (id === null) return undefined
  const [tenant] = await tx.select().from(tenants).where(eq(tenants.id, id)).for('no key update')
  return tenant
}

/** Whether a key has expired. An expired key is never extended; its owner creates a new one. */
export function hasExpired({ expiresAt }: Pick<Row, 'expiresAt'>): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now()
}

function requireMode(actor: TenantActor, livemode: boolean): void {
  if (actor.livemode || !livemode) return
  throw new AppError('insufficient_scope', { detail: say('live_key_by_test_key') })
}

function requireFirstForAdmin(scopes: readonly Scope[], isFirst: boolean): void {
  if (!scopes.includes('admin') || isFirst) return
  throw invalid('scopes', 'admin_scope')
}

/** The audit's data about a new key; nothing that reveals its secret. */
export function keyFacts({ id, name, scopes, livemode, allowed_networks, expires_at }: KeyView) {
  return { key: id, name, scopes, livemode, allowed_networks, expires_at }
}

/** A key as clients see it. */
export function presentKey(row: Row): KeyView {
  return {
    id: publicId('key', row.id),
    tenant: publicId('tenant', row.tenantId),
    name: row.name,
    hint: row.hint,
    scopes: row.scopes as Scope[],
    livemode: row.livemode,
    allowed_networks: row.allowedNetworks,
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  }
}
