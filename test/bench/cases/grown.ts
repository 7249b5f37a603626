import { sweep } from '../../../src/calls/sweep.ts'
import { newId } from '../../../src/values/ids.ts'
import { admin } from '../../faults/operators.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { atLeast, type Figure, median } from '../figure.ts'
import { writeYear } from '../history.ts'
import { topUp } from '../live.ts'
import { expectOnly, measure, nextPhone } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { deliveredVerifications } from '../seed.ts'
import { confirmLoad } from './requests.ts'

const SMALL = 10_000
const GROWN = Number(process.env.BENCH_GROWN ?? scaled(1_000_000))
const SECONDS = scaled(2)
const WARM_UP_SECONDS = scaled(4)
/** More than can be confirmed in that time. */
const CONFIRMS = scaled(6_000)
/** The size of one sweep. */
const OVERDUE = 1000
const SWEEPS = scaled(3)

const KINDS = {
  start: { unit: 'starts/s', measure: (side: Side) => startsPerSecond(side) },
  confirm: { unit: 'confirms/s', measure: confirmsPerSecond },
  search: { unit: 'searches/s', measure: searchesPerSecond },
  sweep: { unit: 'verifications/s', measure: sweptPerSecond },
}

type Side = { bed: Bed; count: number }

/** The same work on a large history and on a small one. BENCH_GROWN: verifications in the large one. */
export async function grownFigures(): Promise<Figure[]> {
  const sides: Side[] = []
  try {
    for (const count of [SMALL, GROWN]) {
      const bed = await prepareBed({ redis: true, workers: 0 })
      sides.push({ bed, count })
      const price = {
        prefix: '+7',
        channel: 'flash_call',
        per: 'attempt',
        amount: '0.350000',
        currency: 'RUB',
      }
      await admin(bed.stack, 'POST', '/v1/prices', price)
      await topUp(bed)
      await writeYear(bed.databaseUrl, count)
    }
    const [small, grown] = sides as [Side, Side]
    // Otherwise the first round would measure cold processes, on pages not touched since the checkpoint.
    for (const side of sides) await startsPerSecond(side, WARM_UP_SECONDS)
    const figures: Figure[] = []
    for (const [name, { unit, measure }] of Object.entries(KINDS)) {
      const [baselines, values]: [number[], number[]] = [[], []]
      for (let round = 0; round < ROUNDS; round++) {
        baselines.push(await measure(small))
        values.push(await measure(grown))
      }
      figures.push(atLeast(`grown-${name}`, unit, median(values), median(baselines), 0.8))
    }
    return figures
  } finally {
    for (const { bed } of sides) await bed.close()
  }
}

const asAdmin = ({ stack }: Bed) => ({ authorization: `Bearer ${stack.adminKey}` })

async function startsPerSecond({ bed }: Side, seconds = SECONDS): Promise<number> {
  const measured = await measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    headers: asAdmin(bed),
    next: () => ({ body: { phone: nextPhone() } }),
    seconds,
  })
  expectOnly(201, measured)
  return measured.perSecond
}

async function confirmsPerSecond({ bed }: Side): Promise<number> {
  const ids = await deliveredVerifications(bed, CONFIRMS, { livemode: true })
  return confirmLoad(bed, ids, bed.stack.adminKey, SECONDS)
}

/** By phone, by reference, by the last digits, and the newest, in turn. */
async function searchesPerSecond({ bed, count }: Side): Promise<number> {
  let asked = 0
  const measured = await measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    method: 'GET',
    headers: asAdmin(bed),
    next: () => {
      asked += 1
      const n = (asked * 104_729) % count
      const phone = `7924${String((n * 7919) % 10_000_000).padStart(7, '0')}`
      const query = [`phone=%2B${phone}`, `reference=order-${n}`, `phone_ends=${phone.slice(-7)}`, 'limit=20']
      return { path: `/v1/verifications?${query[asked % query.length]}` }
    },
    seconds: SECONDS,
  })
  expectOnly(200, measured)
  return measured.perSecond
}

/** Overdue verifications, each with a call that was never placed. */
async function sweptPerSecond({ bed: { app } }: Side): Promise<number> {
  const { sql } = app.db
  let swept = 0
  let seconds = 0
  for (let i = 0; i < SWEEPS; i++) {
    const rows = Array.from({ length: OVERDUE }, () => ({
      id: newId(),
      attempt: newId(),
      phone: nextPhone(),
    }))
    const json = JSON.stringify(rows)
    await sql`
      insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries, attempts,
        created_at, expires_at, audit_seq, audit_head)
      select r.id, t.id, true, phone, 'flash_call', 'pending', 3, 3, 0, 0, now() - interval '1 hour', now() - interval '30 min',
        0, decode(repeat('00', 32), 'hex')
      from tenants t, json_to_recordset(${json}::json) as r (id uuid, phone text) where t.is_first`
    await sql`
      insert into attempts (id, verification_id, ordinal, round, channel, status, assumed, created_at, due_at, looks)
      select attempt, id, 1, 0, 'flash_call', 'queued', false, now(), now() - interval '30 min', 0
      from json_to_recordset(${json}::json) as r (id uuid, attempt uuid)`
    const started = performance.now()
    const { expired } = await sweep({ ...app, actor: { type: 'system' }, requestId: null })
    seconds += (performance.now() - started) / 1000
    if (expired !== OVERDUE) throw new Error(`swept ${expired} of ${OVERDUE}`)
    swept += expired
  }
  return swept / seconds
}
