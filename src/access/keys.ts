import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext, type Scope, type TenantActor } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { apiKeys, tenants } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { newId, parseId, publicId } from '../values/ids.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import { hashKey, newKeySecret } from './key-secret.ts'
import type { CreateKeyInput, KeyView, UpdateKeyInput } from './schemas.ts'

type Row = typeof apiKeys.$inferSelect

/** Makes a key for a tenant, the caller's own by default. Its secret is in this answer and nowhere else. */
export function createKey(context: ClientContext, input: CreateKeyInput) {
  return context.caches.changing(['keys'], () => once(context, () => makeKey(context, input)))
}

async function makeKey(context: ClientContext, input: CreateKeyInput) {
  const { db, actor } = context
  requireMode(actor, input.livemode)
  const tenantId = input.tenant === undefined ? actor.tenantId : parseId('tenant', input.tenant)
  const secret = newKeySecret(input.livemode)
  return db.orm.transaction(async (tx) => {
    const [tenant] = tenantId
      ? await tx
          .select()
          .from(tenants)
          .where(and(eq(tenants.id, tenantId), isNull(tenants.deletedAt)))
          .for('no key update')
      : []
    if (!tenant) throw invalid('tenant', 'tenant')
    requireFirstForAdmin(input.scopes, tenant.isFirst)
    const [row] = await tx
      .insert(apiKeys)
      .values({
        id: newId(),
        tenantId: tenant.id,
        name: input.name,
        hash: hashKey(secret),
        hint: secret.slice(-4),
        scopes: input.scopes,
        livemode: input.livemode,
        allowedNetworks: input.allowed_networks,
        expiresAt: input.expires_at,
      })
      .returning()
    const made = presentKey(row as Row)
    await recordAdministration(tx, tenant.id, author(context), 'key.created', keyFacts(made))
    return remember(context, tx, { ...made, secret })
  })
}

/** The keys of the tenant that the caller acts for, newest first. */
export async function listKeys({ db, actor }: ClientContext, query: PageInput) {
  const after = afterCursor(query)
  const rows = await db.orm
    .select()
    .from(apiKeys)
    .where(
      and(visible(actor), eq(apiKeys.tenantId, actor.tenantId), after ? lt(apiKeys.id, after) : undefined),
    )
    .orderBy(desc(apiKeys.id))
    .limit(query.limit + 1)
  return toPage(rows, query.limit, presentKey)
}

/** One key of any tenant. */
export async function getKey({ db, actor }: ClientContext, input: { id: string }) {
  const [row] = await db.orm
    .select()
    .from(apiKeys)
    .where(and(visible(actor), eq(apiKeys.id, keyId(input.id))))
  if (!row) throw unknownKey()
  return presentKey(row)
}

/** Changes what a key may do. Processes that know the key follow within a second. */
export async function updateKey(context: ClientContext, input: { id: string; changes: UpdateKeyInput }) {
  const { changes } = input
  return context.caches.changing(['keys'], () =>
    context.db.orm.transaction(async (tx) => {
      const { key, tenant } = await lockKey(tx, context.actor, input.id)
      if (changes.expires_at !== undefined && hasExpired(key)) {
        throw new AppError('conflict', { detail: say('key_expired') })
      }
      requireFirstForAdmin(changes.scopes ?? [], tenant.isFirst)
      const { name = key.name, scopes = key.scopes } = changes
      const { allowed_networks: allowedNetworks, expires_at: expiresAt } = changes
      const [row] = await tx
        .update(apiKeys)
        .set({ name, scopes, allowedNetworks, expiresAt })
        .where(eq(apiKeys.id, key.id))
        .returning()
      const view = presentKey(row as Row)
      const changed = changedFields(presentKey(key), view)
      if (changed.length > 0) {
        const data = { key: view.id, changed }
        await recordAdministration(tx, tenant.id, author(context), 'key.updated', data)
      }
      return view
    }),
  )
}

/** Ends a key for good. It stops working within a second, in every process. */
export async function revokeKey(context: ClientContext, input: { id: string }): Promise<void> {
  await context.caches.changing(['keys'], () =>
    context.db.orm.transaction(async (tx) => {
      const { key, tenant } = await lockKey(tx, context.actor, input.id)
      await tx.update(apiKeys).set({ revokedAt: sql`now()` }).where(eq(apiKeys.id, key.id))
      const data = { key: publicId('key', key.id), name: key.name }
      await recordAdministration(tx, tenant.id, author(context), 'key.revoked', data)
    }),
  )
}

/** Locks a key and, before it, its tenant: in the order of whoever makes keys. Throws 404 for an unknown one. */
export async function lockKey(tx: OrmTx, actor: TenantActor, id: string) {
  const [found] = await tx
    .select({ tenant: tenants, key: apiKeys })
    .from(tenants)
    .innerJoin(apiKeys, eq(apiKeys.tenantId, tenants.id))
    .where(and(visible(actor), eq(apiKeys.id, keyId(id))))
    .for('no key update')
  if (!found) throw unknownKey()
  return found
}

/** Keys that can still work, to a caller of their mode: a test key learns nothing of live ones. */
function visible(actor: TenantActor) {
  return and(isNull(apiKeys.revokedAt), actor.livemode ? undefined : eq(apiKeys.livemode, false))
}

/** Whether a key's time is over, for good: an expired key is replaced by a new one, and never prolonged. */
export function hasExpired({ expiresAt }: Pick<Row, 'expiresAt'>): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now()
}

/** The UUID of a key's public id; throws 404 for a malformed one. */
function keyId(id: string): string {
  const parsed = parseId('key', id)
  if (!parsed) throw unknownKey()
  return parsed
}

function unknownKey(): AppError {
  return new AppError('not_found', { detail: say('unknown_key') })
}

function requireMode(actor: TenantActor, livemode: boolean): void {
  if (actor.livemode || !livemode) return
  throw new AppError('insufficient_scope', { detail: say('live_key_by_test_key') })
}

function requireFirstForAdmin(scopes: readonly Scope[], isFirst: boolean): void {
  if (!scopes.includes('admin') || isFirst) return
  throw invalid('scopes', 'admin_scope')
}

/** What the audit says about a key that was made: nothing that its secret could be told by. */
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
