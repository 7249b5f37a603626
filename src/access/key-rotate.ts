import { eq, sql } from 'drizzle-orm'
import { recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { apiKeys } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { newId, publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { hashKey, newKeySecret } from './key-secret.ts'
import { hasExpired, keyFacts, lockKey, presentKey } from './keys.ts'

/**
 * Replaces a key by a new one that may do the same. The old one works for `overlap_seconds` more, so that clients can change over
 * one by one; each can be revoked by itself.
 */
export function rotateKey(context: ClientContext, input: { id: string; overlap_seconds: number }) {
  return context.caches.changing(['keys'], () => once(context, () => replaceKey(context, input)))
}

async function replaceKey(context: ClientContext, input: { id: string; overlap_seconds: number }) {
  return context.db.orm.transaction(async (tx) => {
    const old = await lockKey(tx, context.actor, input.id)
    if (hasExpired(old)) {
      throw new AppError('conflict', { detail: say('key_expired_rotation') })
    }
    const secret = newKeySecret(old.livemode)
    const { tenantId, name, scopes, livemode, allowedNetworks } = old
    const expiresAt = await ownEnd(tx, old)
    const copied = { tenantId, name, scopes, livemode, allowedNetworks, expiresAt }
    const [made] = await tx
      .insert(apiKeys)
      .values({ id: newId(), ...copied, hash: hashKey(secret), hint: secret.slice(-4) })
      .returning()
    if (!made) throw new Error('a key was not rotated')
    const end = sql`least(expires_at, now() + ${input.overlap_seconds} * interval '1 second')`
    const [ended] = await tx
      .update(apiKeys)
      .set(
        input.overlap_seconds === 0
          ? { replacedBy: made.id, revokedAt: sql`now()`, expiresAt: sql`least(expires_at, now())` }
          : { replacedBy: made.id, expiresAt: end },
      )
      .where(eq(apiKeys.id, old.id))
      .returning()
    if (!ended?.expiresAt) throw new Error('a key was not rotated')
    const view = presentKey(made)
    const replaces = { id: publicId('key', old.id), works_until: ended.expiresAt.toISOString() }
    const data = { ...keyFacts(view), replaces }
    await recordAdministration(tx, tenantId, author(context), 'key.rotated', data)
    return remember(context, tx, { ...view, secret, replaces })
  })
}

/** When a key expires by itself. Of one that was replaced before, its successor knows: its own end is that of their overlap. */
async function ownEnd(tx: OrmTx, key: typeof apiKeys.$inferSelect): Promise<Date | null> {
  if (!key.replacedBy) return key.expiresAt
  const [successor] = await tx.select().from(apiKeys).where(eq(apiKeys.id, key.replacedBy))
  return successor ? ownEnd(tx, successor) : key.expiresAt
}
