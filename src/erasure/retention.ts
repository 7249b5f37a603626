import type { App, Context } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { insertRows } from '../db/rows.ts'
import { erasures } from '../db/schema/index.ts'
import { forgetFamiliar } from '../limits/known.ts'
import { idBefore, newId } from '../values/ids.ts'
import { certify } from './certify.ts'
import { eraseRows, isErased } from './erase-rows.ts'

/** Verifications per transaction and certificate. */
const BATCH = 2000
/** Batches per tenant, mode and round; the next round continues. */
const BATCHES_MAX = 50
/** Advisory lock of retention. */
const LOCK = 7_411_022
const FIRST = '00000000-0000-0000-0000-000000000000'

type Scope = { tenantId: string; livemode: boolean; cutoff: Date }
type Row = { id: string; tenantId: string; phone: string; isOver: boolean }

/** Erases verifications beyond their tenant's retention, one worker at a time. Resolves to their number. */
export async function eraseOverdue(context: Context): Promise<number> {
  const scopes = await context.db.sql<Scope[]>`
    select t.id as tenant_id, m.livemode, now() - make_interval(days => t.retention_days) as cutoff
    from tenants t, (values (true), (false)) as m (livemode)`
  let erased = 0
  for (const scope of scopes) {
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const count = await context.db.sql.begin((tx) => eraseBatch(tx, context, scope))
      erased += count
      if (count < BATCH) break
    }
  }
  if (erased > 0) context.log.info({ verifications: erased }, 'retention')
  return erased
}

/** Resolves to the number of verifications handled. */
async function eraseBatch(tx: Tx, app: App, { tenantId, livemode, cutoff }: Scope): Promise<number> {
  const [lock] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as taken`
  if (!lock?.taken) return 0
  const [mark] = await tx<{ verificationId: string }[]>`
    select verification_id from retention_marks where tenant_id = ${tenantId} and livemode = ${livemode}`
  const rows = await tx<Row[]>`
    select id, tenant_id, phone, completed_at is not null as is_over from verifications
    where tenant_id = ${tenantId} and livemode = ${livemode}
      and id > ${mark?.verificationId ?? FIRST} and id < ${idBefore(cutoff)}
    order by id limit ${BATCH} for update`
  // Stop at one still live after days: it waits for a worker, and is erased after its end.
  const alive = rows.findIndex(({ isOver }) => !isOver)
  const due = alive < 0 ? rows : rows.slice(0, alive)
  const last = due.at(-1)
  if (!last) return 0
  await eraseRows(
    tx,
    app.secrets,
    due.map((row) => ({ ...row, livemode })),
  )
  const phones = due.filter(({ phone }) => !isErased(phone)).map((row) => ({ ...row, livemode }))
  await forgetFamiliar(tx, app.secrets, phones, cutoff)
  await tx`
    insert into retention_marks (tenant_id, livemode, verification_id) values (${tenantId}, ${livemode}, ${last.id})
    on conflict (tenant_id, livemode) do update set verification_id = excluded.verification_id`
  const verifications = due.filter(({ phone }) => !isErased(phone)).length
  if (verifications > 0) await record(tx, app, { tenantId, livemode, cutoff }, verifications)
  return due.length
}

async function record(
  tx: Tx,
  app: App,
  { tenantId, livemode, cutoff }: Scope,
  verifications: number,
): Promise<void> {
  const [clock] = await tx<{ now: Date }[]>`select now() as now`
  const erasure = {
    id: newId(),
    tenantId,
    livemode,
    kind: 'retention' as const,
    pseudonym: null,
    actor: 'system',
    requestId: null,
    requestedAt: clock?.now as Date,
    verifications,
    cancelled: 0,
  }
  const certified = await certify(tx, app, erasure, cutoff)
  await insertRows(tx, erasures, [{ ...erasure, ...certified, sealedPhone: null }])
}
