import { spawn } from 'node:child_process'
import { once } from 'node:events'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { createEmptyDatabase } from '../setup/database.ts'
import { changesSince, type Recorded } from './compare.ts'
import { type Cpu, treeMs } from './cpu.ts'
import { atLeast, atMost } from './figure.ts'
import { footprintOf, type Traces, watchTraces } from './footprint.ts'

const cpu = (api: number, postgres: number, load: number): Cpu => ({
  api,
  worker: 0,
  postgres,
  redis: 0,
  load,
})

test('a ratio is of medians, by rate and by processor time without the load generator', () => {
  const ours = [30, 50, 40].map((value) => ({ value, cpu: cpu(0.5, 0.3, value) }))
  const theirs = [100, 90, 80].map((value) => ({ value, cpu: cpu(0.1, 0.1, value) }))
  const figure = atLeast('start', 'starts/s', ours, theirs, 0.4)
  expect(figure).toMatchObject({ value: 40, baseline: 90, ratio: 0.444, cpuRatio: 0.25, ok: true })
  expect(figure.cpu).toEqual(cpu(0.5, 0.3, 40))
  expect(atLeast('start', 'starts/s', ours, theirs, 0.45).ok).toBe(false)
  expect(atMost('start-p99', 'ms', theirs, ours, 2.2).ok).toBe(false)
})

test('a comparison divides by the earlier run, and warns of another machine or version but not of a commit', () => {
  const figure = atLeast('start', 'starts/s', [{ value: 30, cpu: cpu(2, 1, 1) }], [{ value: 60 }], 0.4)
  const machine = { cpus: 2, model: 'A' }
  const versions = { node: 'v24.1.0', commit: 'aaa' }
  const now: Recorded[] = [
    { ...figure, machine, versions },
    { ...figure, name: 'new-row', machine, versions },
  ]
  const earlier: Recorded[] = [
    {
      ...figure,
      value: 20,
      ratio: 0.25,
      cpu: cpu(4, 2, 1),
      machine: { cpus: 2, model: 'B' },
      versions: { node: 'v24.0.0', commit: 'bbb' },
    },
  ]
  const { warnings, rows } = changesSince(now, earlier)
  expect(warnings).toEqual(['machine: model: B then, A now', 'versions: node: v24.0.0 then, v24.1.0 now'])
  expect(rows).toEqual({
    start: { value: 1.5, ratio: 2, api: 0.5, postgres: 0.5, load: 1, 'all but load': 0.5 },
  })
})

test('a footprint is per verification over all rounds', () => {
  const round: Traces = {
    verifications: 100,
    diskBytes: 800_000,
    walBytes: 2_000_000,
    fullPageBytes: 0,
    indexEntries: 5000,
    updates: 400,
    heapOnlyUpdates: 100,
  }
  expect(footprintOf([round, { ...round, verifications: 300, heapOnlyUpdates: 500, updates: 600 }])).toEqual({
    diskBytes: 4000,
    walBytes: 10_000,
    fullPageBytes: 0,
    indexEntries: 25,
    heapOnlyShare: 0.6,
  })
})

test('index entries and heap-only updates are found in the log of PostgreSQL', async () => {
  const { url, drop } = await createEmptyDatabase()
  const sql = postgres(url, { max: 1, connection: { synchronous_commit: 'on' } })
  await sql`create table things (id int primary key, a int, b int, note text) with (fillfactor = 50)`
  await sql`create index on things (a)`
  const tracesOf = await watchTraces(url)
  await sql`insert into things select n, n, n from generate_series(1, 2000) n`
  await sql`update things set note = 'x' where id <= 500`
  const traces = await tracesOf(2000)
  // Other tests write at the same time.
  expect(traces.indexEntries).toBeGreaterThanOrEqual(4000)
  expect(traces.updates).toBeGreaterThanOrEqual(500)
  expect(traces.heapOnlyUpdates).toBeGreaterThanOrEqual(500)
  expect(traces.diskBytes).toBeGreaterThan(100_000)
  expect(traces.walBytes).toBeGreaterThan(200_000)
  await sql.end()
  await drop()
})

test.runIf(process.platform === 'linux')('processor time includes children that have ended', async () => {
  const busy = 'while (process.cpuUsage().user < 200_000);'
  const parent = `
    require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(busy)}])
    console.log('ended')
    process.stdin.resume()`
  const child = spawn(process.execPath, ['-e', parent], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  // Two readings, each cut to hundredths of a second.
  expect(treeMs(child.pid ?? 0)).toBeGreaterThanOrEqual(180)
  child.kill()
})
