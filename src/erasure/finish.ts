import type { App, Context } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { isOneOf } from '../db/conditions.ts'
import { change } from '../draft/change.ts'
import { forgetFamiliar } from '../limits/known.ts'
import { describeError } from '../process/log.ts'
import { ACTIVE_STATUSES } from '../values/statuses.ts'
import { decideCancel } from '../verifications/cancel.ts'
import { certify, type Erasure } from './certify.ts'
import { erasedPhone, eraseRows } from './erase-rows.ts'

const BATCH = 1000
const PENDING_MAX = 50

/** What a sealed phone belongs to. */
export const sealContext = (erasureId: string) => `erasure ${erasureId}`

/**
 * Does what is left to be done of an erasure: live verifications of the phone are cancelled, all that have come to their end are
 * erased, and when none is left, the erasure is completed. A call that is still out is waited for: it is found in the operator's
 * records by the phone. May be done by several at once, and again after a crash.
 */
export async function finishErasure(app: App, id: string): Promise<Erasure> {
  for (;;) {
    const erasure = await read(app, id)
    if (!erasure.sealedPhone) return erasure
    const phone = app.secrets.open(erasure.sealedPhone, sealContext(id))
    await cancelLive(app, erasure, phone)
    const { erased, left } = await app.db.sql.begin((tx) => eraseSome(tx, app, id, phone))
    if (erased === 0 && left) return read(app, id)
  }
}

async function read({ db }: App, id: string): Promise<Erasure> {
  const [erasure] = await db.sql<Erasure[]>`select * from erasures where id = ${id}`
  if (!erasure) throw new Error('no such erasure')
  return erasure
}

/** Goes on with erasures that wait for the end of a call, or whose process died. */
export async function finishErasures(context: Context): Promise<void> {
  const pending = await context.db.sql<{ id: string }[]>`
    select id from erasures where completed_at is null order by id limit ${PENDING_MAX}`
  for (const { id } of pending) {
    await finishErasure(context, id).catch((error) => {
      context.log.error({ erasure: id, ...describeError(error) }, 'erasure failed')
    })
  }
}

async function cancelLive(app: App, erasure: Erasure, phone: string): Promise<void> {
  const { id, tenantId, livemode, actor, requestId, requestedAt } = erasure
  const live = await app.db.sql<{ id: string }[]>`
    select id from verifications
    where tenant_id = ${tenantId} and livemode = ${livemode} and phone = ${phone}
      and ${app.db.sql.unsafe(isOneOf('status', ACTIVE_STATUSES))} and created_at <= ${requestedAt}`
  for (const { id: verificationId } of live) {
    const changed = await change(app, {
      verificationId,
      owner: { tenantId, livemode },
      author: { actor, requestId },
      decide: decideCancel,
    })
    if (changed.found && changed.result.kind === 'cancelled') {
      await app.db
        .sql`update erasures set cancelled = cancelled + 1 where id = ${id} and completed_at is null`
    }
  }
}

async function eraseSome(
  tx: Tx,
  app: App,
  id: string,
  phone: string,
): Promise<{ erased: number; left: boolean }> {
  const [erasure] = await tx<Erasure[]>`select * from erasures where id = ${id} for update`
  if (!erasure || erasure.completedAt) return { erased: 0, left: false }
  const { tenantId, livemode, requestedAt } = erasure
  const meant = tx`
    v.tenant_id = ${tenantId} and v.livemode = ${livemode} and v.phone = ${phone} and v.created_at <= ${requestedAt}`
  const rows = await tx<{ id: string }[]>`
    select v.id from verifications v
    where ${meant} and v.completed_at is not null
      and not exists (select from attempts a where a.verification_id = v.id and a.ended_at is null)
    order by v.id limit ${BATCH} for update of v`
  await eraseRows(
    tx,
    app.secrets,
    rows.map((row) => ({ ...row, tenantId, phone })),
  )
  await forgetFamiliar(tx, app.secrets, [{ tenantId, livemode, phone }], null)
  const verifications = erasure.verifications + rows.length
  const [left] = await tx`select from verifications v where ${meant} limit 1`
  if (left) {
    await tx`update erasures set verifications = ${verifications} where id = ${id}`
    return { erased: rows.length, left: true }
  }
  // Calls of which only the operator knows belong to nobody: what was found about them is erased for whoever asks.
  await tx`
    update reconciliation_findings set phone = ${erasedPhone(app.secrets, tenantId, phone)}
    where phone = ${phone} and attempt_id is null`
  const { certificate, completedAt } = await certify(tx, app, { ...erasure, verifications }, requestedAt)
  await tx`
    update erasures set verifications = ${verifications}, completed_at = ${completedAt}, certificate = ${certificate},
      sealed_phone = null
    where id = ${id}`
  return { erased: rows.length, left: false }
}
