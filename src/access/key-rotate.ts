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
 * Replaces a key with a new one of the same rights. The old key works for another `overlap_seconds`, so that
 * clients can switch one by one. Each of the two can be revoked on its own.
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
    const expiresAt = await plannedExpiry(tx, old)
    const copied = { tenantId, name, scopes, livemode, allowedNetworks, expiresAt }
    const [successor] = await tx
      .insert(apiKeys)
      .values({ id: newId(), ...copied, hash: hashKey(secret), hint: secret.slice(-4) })
      .returning()
    if (!successor) throw new Error('the new key was not inserted')
    const end = sql`least(expires_at, now() + ${input.overlap_seconds} * interval '1 second')`
    const [ended] = await tx
      .update(apiKeys)
      .set(
        input.overlap_seconds === 0
          ? { replacedBy: successor.id, revokedAt: sql`now()`, expiresAt: sql`least(expires_at, now())` }
          : { replacedBy: successor.id, expiresAt: end },
      )
      .where(eq(apiKeys.id, old.id))
      .returning()
    if (!ended?.expiresAt) throw new Error('the old key has no end')
    const view = presentKey(successor)
    const replaces = { id: publicId('key', old.id), works_until: ended.expiresAt.toISOString() }
    const data = { ...keyFacts(view), replaces }
    await recordAdministration(tx, tenantId, author(context), 'key.rotated', data)
    return remember(context, tx, { ...view, secret, replaces })
  })
}

/** The expiry a key was given. For a replaced key, which expires with its overlap, the successor has it. */
async function plannedExpiry(tx: OrmTx, key: typeof apiKeys.$inferSelect): Promise<Date | null> {
  if (!key.replacedBy) return key.expiresAt
  const [successor] = await tx.select().from(apiKeys).where(eq(apiKeys.id, key.replacedBy))
  return successor ? plannedExpiry(tx, successor) : key.expiresAt
}
