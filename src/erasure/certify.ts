import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { App, Author } from '../context.ts'
import type { Tx } from '../db/client.ts'
import type { erasures } from '../db/schema/index.ts'
import { signStatement } from '../signing/statement.ts'
import { publicId } from '../values/ids.ts'
import { ERASED_FIELDS } from './erase-rows.ts'

export type Erasure = typeof erasures.$inferSelect

/**
 * Writes the event of a completed erasure to the tenant's chain and signs its certificate, which names the
 * event. Call it last in the transaction. `before`: verifications started later were not erased.
 */
export async function certify(
  tx: Tx,
  app: Pick<App, 'secrets' | 'config'>,
  erasure: Omit<Erasure, 'completedAt' | 'sealedPhone' | 'certificate'>,
  before: Date,
): Promise<{ certificate: string; completedAt: Date }> {
  const { actor, requestId, tenantId, kind, pseudonym, livemode, verifications, cancelled } = erasure
  const by: Author = { actor, requestId }
  const facts = {
    kind,
    ...(pseudonym && { phone: pseudonym }),
    livemode,
    started_before: before.toISOString(),
    verifications,
    cancelled,
    fields: [...ERASED_FIELDS],
  }
  const id = publicId('erasure', erasure.id)
  const data = { erasure: id, ...facts }
  const [event] = await appendTenantEvents(tx, tenantId, by, [{ type: 'erasure.completed', data }])
  if (!event) throw new Error('the event was not written')
  const { jws } = await signStatement(app, 'ringproof-erasure', {
    jti: id,
    aud: publicId('tenant', tenantId),
    iat: Math.floor(event.at.getTime() / 1000),
    ...facts,
    requested_at: erasure.requestedAt.toISOString(),
    completed_at: event.at.toISOString(),
    event: publicId('event', event.id),
    event_hash: event.hash.toString('hex'),
  })
  return { certificate: jws, completedAt: event.at }
}
