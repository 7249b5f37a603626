import { setTimeout as sleep } from 'node:timers/promises'
import { openDb } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { startEmbedded } from '../../src/embedded/embedded.ts'
import { startStack } from '../setup/processes.ts'
import { seedRecords } from './billing-seed.ts'
import { residentMiB } from './memory.ts'

/**
 * `node test/bench/billing-export.ts [records]`: one million records as CSV and as a statement. What the API
 * process's memory grows by, when the first byte comes, and what other requests meanwhile wait.
 */
const RECORDS = Number(process.argv[2] ?? 1_000_000)
const month = new Date().toISOString().slice(0, 7)

const database = await startEmbedded({ ephemeral: true })
await migrate(database.url)
const stack = await startStack({ databaseUrl: database.url, workers: 0, env: { LOG_LEVEL: 'warn' } })
const db = openDb(database.url, { max: 1 })
try {
  const started = performance.now()
  await seedRecords(db, RECORDS)
  console.log(`${RECORDS} records made in ${seconds(started)} s`)
  const quiet = await probe(async () => sleep(3000))
  console.table({ 'nothing else': quiet })
  for (const [name, path] of [
    ['records as CSV', '/v1/billing/records'],
    ['statement as CSV', `/v1/billing/statements?month=${month}`],
  ] as const) {
    await measure(name, path, 'text/csv')
  }
  await measure('statement as a page', `/v1/billing/statements?month=${month}`, 'text/html')
} finally {
  await db.close()
  await stack.stop()
  await database.stop()
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 10) / 100
}

async function measure(name: string, path: string, accept: string): Promise<void> {
  const before = await residentMiB(stack.pid('api'))
  let peak = before
  let firstByteSeconds = 0
  let bytes = 0
  let lines = 0
  const started = performance.now()
  const others = await probe(async () => {
    const response = await fetch(new URL(path, stack.url), {
      headers: { authorization: `Bearer ${stack.adminKey}`, accept },
    })
    if (response.status !== 200 || !response.body) throw new Error(await response.text())
    let sampled = 0
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (bytes === 0) firstByteSeconds = seconds(started)
      bytes += chunk.length
      for (const byte of chunk) if (byte === 10) lines += 1
      if (performance.now() - sampled < 100) continue
      sampled = performance.now()
      peak = Math.max(peak, await residentMiB(stack.pid('api')))
    }
  })
  const result = {
    lines,
    MiB: Math.round(bytes / 2 ** 20),
    seconds: seconds(started),
    firstByteSeconds,
    memoryGrowthMiB: Math.round(peak - before),
    ...others,
  }
  console.table({ [name]: result })
}

/** The latency of a small request while `work` runs. */
async function probe(work: () => Promise<unknown>): Promise<{ p50Ms: number; p99Ms: number }> {
  const waits: number[] = []
  let going = true
  const probing = (async () => {
    while (going) {
      const started = performance.now()
      await stack.request('GET', '/v1/billing/balance', { key: stack.adminKey })
      waits.push(performance.now() - started)
      await sleep(10)
    }
  })()
  await work()
  going = false
  await probing
  waits.sort((a, b) => a - b)
  const at = (share: number) => Math.round((waits[Math.floor(waits.length * share)] ?? 0) * 10) / 10
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
