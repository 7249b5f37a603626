import { sweep } from '../../../src/calls/sweep.ts'
import { newId } from '../../../src/values/ids.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { startMeter } from '../cpu.ts'
import { atLeast, type Figure, medianCpu, type Sample } from '../figure.ts'
import { writeYear } from '../history.ts'
import { type LiveOperator, openLiveOperator } from '../live.ts'
import { expectOnly, measure, nextPhone, rateOf } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { deliveredVerifications } from '../seed.ts'
import { confirmLoad } from './requests.ts'

const SMALL = 10_000
const GROWN = Number(process.env.BENCH_GROWN ?? scaled(1_000_000))
const SECONDS = scaled(2)
const WARM_UP_SECONDS = scaled(4)
/** More than can be confirmed in that time. */
const CONFIRMS = SECONDS * 5_000
/** More reads of one tenant at a time would be refused. */
const READERS = 32
/** The size of one sweep. */
const OVERDUE = 1000
const SWEEPS = scaled(3)

const KINDS = {
  start: { unit: 'starts/s', measure: (side: Side) => startsPerSecond(side) },
  confirm: { unit: 'confirms/s', measure: confirmsPerSecond },
  search: { unit: 'searches/s', measure: searchesPerSecond },
  sweep: { unit: 'verifications/s', measure: sweptPerSecond },
}

type Side = { bed: Bed; count: number; operator: LiveOperator }

/** The same work on a large history and on a small one. BENCH_GROWN: verifications in the large one. */
export async function grownFigures(): Promise<Figure[]> {
  const sides: Side[] = []
  try {
    for (const count of [SMALL, GROWN]) {
      const bed = await prepareBed({ redis: true, workers: 0 })
      sides.push({ bed, count, operator: await openLiveOperator(bed) })
      await writeYear(bed.databaseUrl, count)
    }
    const [small, grown] = sides as [Side, Side]
    // Otherwise the first round would measure cold processes, on pages not touched since the checkpoint.
    for (const side of sides) await startsPerSecond(side, WARM_UP_SECONDS)
    const figures: Figure[] = []
    for (const [name, { unit, measure }] of Object.entries(KINDS)) {
      const [baselines, values]: [Sample[], Sample[]] = [[], []]
      for (let round = 0; round < ROUNDS; round++) {
        baselines.push(await measure(small))
        values.push(await measure(grown))
      }
      figures.push(atLeast(`grown-${name}`, unit, values, baselines, 0.9))
    }
    return figures
  } finally {
    for (const { bed, operator } of sides) {
      await bed.close()
      await operator.close()
    }
  }
}

const asAdmin = ({ stack }: Bed) => ({ authorization: `Bearer ${stack.adminKey}` })

async function startsPerSecond({ bed }: Side, seconds = SECONDS): Promise<Sample> {
  const measured = await measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    headers: asAdmin(bed),
    next: () => ({ body: { phone: nextPhone() } }),
    seconds,
    processes: bed.processes,
  })
  expectOnly(201, measured)
  return rateOf(measured)
}

async function confirmsPerSecond({ bed }: Side): Promise<Sample> {
  const ids = await deliveredVerifications(bed, CONFIRMS, { livemode: true })
  return rateOf(await confirmLoad(bed, ids, bed.stack.adminKey, SECONDS))
}

/** By phone, by reference, by the last digits, and the newest, in turn. */
async function searchesPerSecond({ bed, count }: Side): Promise<Sample> {
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
    connections: READERS,
    seconds: SECONDS,
    processes: bed.processes,
  })
  expectOnly(200, measured)
  return rateOf(measured)
}

/** Overdue verifications, each with a call that was never placed. */
async function sweptPerSecond({ bed: { app, processes } }: Side): Promise<Sample> {
  const { sql } = app.db
  const sweeps: Sample[] = []
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
      insert into live_verifications (verification_id, tenant_id, livemode, phone, expires_at)
      select id, tenant_id, livemode, phone, expires_at from verifications
      where id = any(${rows.map(({ id }) => id)}::uuid[])`
    await sql`
      insert into attempts (id, verification_id, ordinal, round, channel, status, assumed, created_at, looks)
      select attempt, id, 1, 0, 'flash_call', 'queued', false, now(), 0
      from json_to_recordset(${json}::json) as r (id uuid, attempt uuid)`
    await sql`
      insert into due_attempts (attempt_id, verification_id, due_at, slot, channel)
      select attempt, id, now() + interval '1 hour', 2147483647, 'flash_call'
      from json_to_recordset(${json}::json) as r (id uuid, attempt uuid)`
    const meter = startMeter(processes)
    const started = performance.now()
    const { expired } = await sweep({ ...app, actor: { type: 'system' }, requestId: null })
    seconds += (performance.now() - started) / 1000
    if (expired !== OVERDUE) throw new Error(`swept ${expired} of ${OVERDUE}`)
    const cpu = meter(expired)
    // This process is the worker here.
    sweeps.push({ value: expired, cpu: { ...cpu, worker: cpu.load, load: 0 } })
  }
  const cpu = medianCpu(sweeps)
  return { value: (SWEEPS * OVERDUE) / seconds, ...(cpu && { cpu }) }
}
