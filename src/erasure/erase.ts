import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext } from '../context.ts'
import { invalid } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { newId, publicId } from '../values/ids.ts'
import { parsePhone } from '../values/phone.ts'
import { finishErasure, sealContext } from './finish.ts'
import { presentErasure } from './read.ts'
import type { EraseInput, ErasureView } from './schemas.ts'

/**
 * Erases a phone from the tenant's verifications in the mode of the key, cancelling live ones first. The
 * erasure is done when this resolves, or within a minute of the end of a call in progress. Throws 422 for an
 * impossible phone.
 */
export async function erasePhone(context: ClientContext, input: EraseInput): Promise<ErasureView> {
  const { id } = await once(context, () => request(context, input))
  return presentErasure(await finishErasure(context, id))
}

async function request(context: ClientContext, input: EraseInput): Promise<{ id: string }> {
  const { db, secrets, actor } = context
  const phone = parsePhone(input.phone, actor.defaultRegion)
  if (!phone) throw invalid('phone', 'phone')
  const id = newId()
  const by = author(context)
  const pseudonym = secrets.pseudonym(actor.tenantId, phone.e164).toString('hex')
  return db.sql.begin(async (tx) => {
    await tx`
      insert into erasures (id, tenant_id, livemode, kind, pseudonym, sealed_phone, actor, request_id, requested_at,
        verifications, cancelled)
      values (${id}, ${actor.tenantId}, ${actor.livemode}, 'phone', ${pseudonym},
        ${secrets.seal(phone.e164, sealContext(id))}, ${by.actor}, ${by.requestId}, now(), 0, 0)`
    const data = { erasure: publicId('erasure', id), phone: pseudonym, livemode: actor.livemode }
    await appendTenantEvents(tx, actor.tenantId, by, [{ type: 'erasure.requested', data }])
    return remember(context, tx, { id })
  })
}
