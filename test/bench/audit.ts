import { randomBytes } from 'node:crypto'
import { cpus } from 'node:os'
import { createApp } from '../../src/app.ts'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import { AuditQuery } from '../../src/audit/schemas.ts'
import { exportEvents, listEvents } from '../../src/audit/search.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import type { ClientContext, Context } from '../../src/context.ts'
import { migrate } from '../../src/db/migrate.ts'
import { startEmbedded } from '../../src/embedded/embedded.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { createTenant } from '../../src/tenants/create.ts'
import { newId, publicId } from '../../src/values/ids.ts'
import { TYPES, writeHistory } from '../audit/history.ts'

/**
 * `npx node test/bench/audit.ts [events]`, ten million by default: times of searches, export, sealing and the
 * check of all of it.
 */
const EVENTS = Number(process.argv[2] ?? 10_000_000)
const RUNS = 20
const BATCH = 5000
/** The history ends an hour ago; its length follows from this pace. */
const STEP_MS = 500

const database = await startEmbedded({ ephemeral: true })
try {
  await migrate(database.url)
  const config = readServiceConfig({
    DATABASE_URL: database.url,
    SECRET_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'silent',
  })
  const app = createApp(config, 'bench')
  await app.db.sql`select 1`
  await measure(app)
  await app.close()
} finally {
  await database.stop()
}

async function measure(app: ReturnType<typeof createApp>): Promise<void> {
  const own = await createTenant(app, { name: 'own', defaultRegion: 'RU' })
  const other = await createTenant(app, { name: 'other', defaultRegion: 'RU' })
  if (!own || !other) throw new Error('no tenants')
  const count = Math.floor(EVENTS / TYPES.length)
  const begin = Date.now() - 7_200_000 - count * STEP_MS
  const phones: string[] = []
  const ids: string[] = []
  await timed('writing the history', async () => {
    for (let done = 0; done < count; done += BATCH) {
      const from = new Date(begin + done * STEP_MS)
      // A tenth belongs to another tenant.
      const tenant: { id: string } = (done / BATCH) % 10 === 9 ? other : own
      const some = { from, count: Math.min(BATCH, count - done), stepMs: STEP_MS }
      const made = await writeHistory({ app }, tenant.id, some, (i) => ({
        phone: `+7924${String((done + i) % 10_000_000).padStart(7, '0')}`,
        reference: `order-${done + i}`,
        status: (done + i) % 10_000 === 3 ? 'failed' : 'expired',
      }))
      const [first] = made
      if (first && tenant === own) {
        phones.push(first.row.phone)
        ids.push(first.row.id)
      }
    }
    return undefined
  })
  await app.db.sql.begin(async (tx) => {
    await tx`set local statement_timeout = 0`
    await tx`
      insert into attempts (id, verification_id, ordinal, round, channel, provider, status, assumed, created_at, ended_at, looks)
      select gen_random_uuid(), id, 1, 0, 'flash_call', case when phone like '%00017' then 'new-tel' else 'telefon-ip' end,
        'no_answer', false, created_at, completed_at, 0 from verifications`
    await tx`analyze`
  })
  const actor = {
    type: 'api_key' as const,
    keyId: newId(),
    tenantId: own.id,
    livemode: false,
    scopes: ['read' as const],
    defaultRegion: 'RU',
  }
  const client: ClientContext = { ...app, actor, requestId: null }
  const middle = begin + (count * STEP_MS) / 2
  const at = (ms: number) => new Date(ms).toISOString()
  const pick = <T>(list: T[], i: number) => list[(i * 7) % list.length] as T
  const anHour = (i: number) => ({ from: at(middle + i * 1000), to: at(middle + i * 1000 + 3_600_000) })
  const searches: Record<string, (i: number) => Record<string, string>> = {
    everything: () => ({}),
    'a type': () => ({ type: 'check.wrong' }),
    'a type that nothing has': () => ({ type: 'check.right' }),
    'a verification': (i) => ({ verification: publicId('verification', pick(ids, i)) }),
    'a phone': (i) => ({ phone: pick(phones, i) }),
    'the last 4 digits of a phone': (i) => ({ phone_ends: pick(phones, i).slice(-4) }),
    'the last 7 digits of a phone': (i) => ({ phone_ends: pick(phones, i).slice(-7) }),
    'a reference': (i) => ({ reference: `order-${i * BATCH}` }),
    'a status, common': () => ({ status: 'expired' }),
    'a status, 1 in 10,000': () => ({ status: 'failed' }),
    'a provider, common': () => ({ provider: 'telefon-ip' }),
    'a provider, 1 in 100,000': () => ({ provider: 'new-tel' }),
    'an hour': (i) => anHour(i),
    'an hour and a type': (i) => ({ type: 'check.wrong', ...anHour(i) }),
    'an hour and a status, 1 in 10,000': (i) => ({ status: 'failed', ...anHour(i) }),
    'an hour and a status, common': (i) => ({ status: 'expired', ...anHour(i) }),
    'an hour and a provider, common': (i) => ({ provider: 'telefon-ip', ...anHour(i) }),
  }
  for (const [name, query] of Object.entries(searches)) {
    const times: number[] = []
    for (let i = 0; i < RUNS; i++) {
      const started = performance.now()
      await listEvents(client, AuditQuery.parse({ ...query(i), limit: 20 }))
      times.push(performance.now() - started)
    }
    times.sort((a, b) => a - b)
    console.log(`${name}: median ${times[RUNS / 2]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms`)
  }
  await timed('exporting all of it as CSV', async () => {
    let bytes = 0
    for await (const text of await exportEvents(client, AuditQuery.parse({}), 'csv')) bytes += text.length
    return `${Math.round(bytes / 1e6)} MB`
  })
  const system: Context = { ...app, actor: { type: 'system' }, requestId: null }
  await timed('sealing every hour', async () => {
    let hours = 0
    for (let sealed = -1; sealed !== 0; hours += sealed) sealed = await sealHours(system)
    return `${hours} hours`
  })
  await timed('checking all of it', async () => {
    const report = await verifyAudit(app, { from: null, to: null, known: [] })
    return `${report.events} events, ${report.problem_count} problems`
  })
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}`)
}

async function timed(name: string, work: () => Promise<string | undefined>): Promise<void> {
  const started = performance.now()
  const told = await work()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const memory = Math.round(process.memoryUsage().rss / 1e6)
  console.log(`${name}: ${seconds} s${told ? `, ${told}` : ''}; ${memory} MB of memory now`)
}
