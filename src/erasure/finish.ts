import type { App, Context } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { isPhone } from '../db/conditions.ts'
import { change } from '../draft/change.ts'
import { eraseFindingDeliveries } from '../events/erase.ts'
import { forgetFamiliar } from '../limits/known.ts'
import { forgetStanding } from '../limits/standings.ts'
import { describeError } from '../process/log.ts'
import { decideCancel } from '../verifications/cancel.ts'
import { certify, type Erasure } from './certify.ts'
import { erasedPhone, eraseRows } from './erase-rows.ts'

const BATCH = 1000
const PENDING_MAX = 50

/** Binds a sealed phone to its erasure. */
export const sealContext = (erasureId: string) => `erasure ${erasureId}`

/**
 * Finishes an erasure as far as possible: cancels live verifications of the phone, erases the ended ones, and
 * completes the erasure when none is left. A call in progress keeps its phone until its end, to be found in
 * the operator's records. Safe to run concurrently and again after a crash.
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
  if (!erasure) throw new Error('unknown erasure')
  return erasure
}

/** Resumes erasures that wait for a call to end, or that a crash interrupted. */
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
    select id from live_verifications l join verifications v on v.id = l.verification_id
    where l.tenant_id = ${tenantId} and l.livemode = ${livemode} and l.phone = ${phone} and created_at <= ${requestedAt}`
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
  const matching = tx`
    v.tenant_id = ${tenantId} and v.livemode = ${livemode} ${isPhone(tx, phone)} and v.created_at <= ${requestedAt}`
  const rows = await tx<{ id: string }[]>`
    select v.id from verifications v
    where ${matching} and v.completed_at is not null
      and not exists (select from attempts a where a.verification_id = v.id and a.ended_at is null)
    order by v.id limit ${BATCH} for update of v`
  await eraseRows(
    tx,
    app.secrets,
    rows.map((row) => ({ ...row, tenantId, livemode, phone })),
  )
  await forgetFamiliar(tx, app.secrets, [{ tenantId, livemode, phone }], null)
  // Only live keys set standings, so erasing test data leaves them.
  if (livemode) await forgetStanding(tx, app.secrets, { tenantId, phone }, requestedAt)
  const verifications = erasure.verifications + rows.length
  const [left] = await tx`select from verifications v where ${matching} limit 1`
  if (left) {
    await tx`update erasures set verifications = ${verifications} where id = ${id}`
    return { erased: rows.length, left: true }
  }
  // A call known only to the operator belongs to no tenant: any tenant's erasure covers its findings.
  await tx`
    update reconciliation_findings set phone = ${erasedPhone(app.secrets, tenantId, phone)}
    where phone = ${phone} and attempt_id is null`
  await eraseFindingDeliveries(tx, [{ phone, replacement: erasedPhone(app.secrets, tenantId, phone) }])
  const { certificate, completedAt } = await certify(tx, app, { ...erasure, verifications }, requestedAt)
  await tx`
    update erasures set verifications = ${verifications}, completed_at = ${completedAt}, certificate = ${certificate},
      sealed_phone = null
    where id = ${id}`
  return { erased: rows.length, left: false }
}
