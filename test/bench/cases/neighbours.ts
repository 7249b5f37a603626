import postgres from 'postgres'
import { admin } from '../../faults/operators.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { atMost, type Figure, type Sample } from '../figure.ts'
import { writeYear } from '../history.ts'
import { measure, nextPhone, p99Of } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'

const COUNT = Number(process.env.BENCH_NEIGHBOURS ?? scaled(100_000))
const SECONDS = scaled(5)
/** The quiet tenant's starts a second, over a few connections. */
const RATE = 40
const READS = ['/v1/audit?status=expired&type=check.right', '/v1/billing/summary']
const READERS = 32

/** A quiet tenant's starts, alone and while another tenant runs 32 expensive reads at once. */
export async function neighbourFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 0 })
  try {
    await writeYear(bed.databaseUrl, COUNT, '30 days')
    await expireHalf(bed.databaseUrl)
    const quiet = await newTenantKey(bed)
    await starts(bed, quiet)
    // Without processor time, which is mostly the neighbour's.
    const [alone, beside]: [Sample[], Sample[]] = [[], []]
    let note = ''
    for (let round = 0; round < ROUNDS; round++) {
      alone.push({ value: p99Of(await starts(bed, quiet)).value })
      const [own, reads] = await Promise.all([starts(bed, quiet), dearReads(bed)])
      beside.push({ value: p99Of(own).value })
      note = `starts ${JSON.stringify(own.statuses)}, p50 ${own.p50} ms; reads ${JSON.stringify(reads.statuses)}, p50 ${reads.p50} ms`
    }
    return [{ ...atMost('neighbour-start', 'ms', beside, alone, 2), note }]
  } finally {
    await bed.close()
  }
}

async function expireHalf(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  await sql`set session_replication_role = replica`
  await sql`update verifications set status = 'expired' where right(phone, 1) < '5'`
  await sql`
    update audit_events e set type = 'check.wrong verification.expired' from verifications v
    where v.id = e.verification_id and v.status = 'expired' and e.type = 'check.right verification.approved'`
  await sql`vacuum (analyze) verifications`
  await sql`vacuum (analyze) audit_events`
  await sql.end()
}

async function newTenantKey(bed: Bed): Promise<string> {
  const tenant = (await admin(bed.stack, 'POST', '/v1/tenants', { name: 'quiet', default_region: 'RU' })).id
  const raised = await bed.stack.request('PATCH', '/v1/policies', {
    key: bed.stack.adminKey,
    headers: { 'ringproof-tenant': tenant },
    body: { starts_per_prefix_hour: 1_000_000, conversion_guard: null },
  })
  if (raised.status !== 200) throw new Error(raised.text)
  const key = { name: 'quiet', tenant, livemode: false, scopes: ['verify', 'read'] }
  return (await admin(bed.stack, 'POST', '/v1/api-keys', key)).secret
}

const starts = (bed: Bed, key: string) =>
  measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    headers: { authorization: `Bearer ${key}` },
    next: () => ({ body: { phone: nextPhone() } }),
    processes: bed.processes,
    connections: 4,
    rate: RATE,
    seconds: SECONDS,
  })

function dearReads(bed: Bed) {
  let asked = 0
  return measure({
    url: bed.stack.url,
    path: '/',
    method: 'GET',
    headers: { authorization: `Bearer ${bed.stack.adminKey}` },
    next: () => ({ path: READS[asked++ % READS.length] as string }),
    processes: bed.processes,
    connections: READERS,
    seconds: SECONDS,
  })
}
