import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { APPROVE_ROWS, approveFigures } from './cases/approve.ts'
import { clientStreamFigures } from './cases/client-streams.ts'
import { doorFigures } from './cases/door.ts'
import { endToEndFigures } from './cases/end-to-end.ts'
import { grownFigures } from './cases/grown.ts'
import { idleFigures } from './cases/idle.ts'
import { inFlightFigures } from './cases/in-flight.ts'
import { neighbourFigures } from './cases/neighbours.ts'
import { overloadFigures } from './cases/overload.ts'
import { peerFigures } from './cases/peers.ts'
import { requestFigures } from './cases/requests.ts'
import { sipFigures } from './cases/sip.ts'
import { changesSince, type Recorded } from './compare.ts'
import type { Figure } from './figure.ts'
import { machine, versions } from './machine.ts'
import { printFigures } from './print.ts'
import { QUICK } from './scale.ts'

/**
 * `npm run bench`: every figure with its baseline from the same run, as a table and in bench/results.json.
 * `npm run bench -- start grown`: only these rows (`grown`: all rows with that prefix).
 * `--compare FILE`: also each figure divided by that of an earlier results.json.
 */
const CASES: { rows: string[]; run(): Promise<Figure[]> }[] = [
  { rows: ['start', 'confirm', 'start-p99', 'hello'], run: requestFigures },
  { rows: ['peers-start', 'peers-confirm'], run: peerFigures },
  { rows: ['end-to-end-redis'], run: () => endToEndFigures('redis') },
  { rows: ['end-to-end-postgres'], run: () => endToEndFigures('postgres') },
  { rows: APPROVE_ROWS, run: approveFigures },
  { rows: ['in-flight'], run: inFlightFigures },
  { rows: ['grown-start', 'grown-confirm', 'grown-search', 'grown-sweep'], run: grownFigures },
  { rows: ['overload', 'overload-accepted'], run: overloadFigures },
  { rows: ['neighbour-start'], run: neighbourFigures },
  { rows: ['idle-api', 'idle-worker'], run: idleFigures },
  { rows: ['client-streams'], run: clientStreamFigures },
  { rows: ['sip-call'], run: sipFigures },
  { rows: ['door-p50', 'door-p99'], run: doorFigures },
]

const { values: asked, positionals: wanted } = parseArgs({
  options: { quick: { type: 'boolean' }, compare: { type: 'string' } },
  allowPositionals: true,
})
// Before this run overwrites it.
const earlier: Recorded[] | null = asked.compare ? JSON.parse(readFileSync(asked.compare, 'utf8')) : null
const rowNames = CASES.flatMap(({ rows }) => rows)
const isWanted = (row: string) =>
  wanted.length === 0 ||
  wanted.some((name) => row === name || (!rowNames.includes(name) && row.startsWith(`${name}-`)))
const chosen = CASES.filter(({ rows }) => rows.some(isWanted))
if (chosen.length === 0) {
  console.error(`there are: ${rowNames.join(', ')}`)
  process.exit(2)
}

const figures: Figure[] = []
for (const { rows, run } of chosen) {
  const started = performance.now()
  figures.push(...(await run().catch((error) => failed(rows, error))).filter(({ name }) => isWanted(name)))
  console.log(`${rows.join(', ')}: ${Math.round((performance.now() - started) / 1000)} s`)
}

printFigures(figures)
console.log(JSON.stringify({ machine, versions }))
const results = figures.map((figure) => ({ ...figure, machine, versions }))
if (!QUICK) {
  mkdirSync('bench', { recursive: true })
  writeFileSync('bench/results.json', `${JSON.stringify(results, null, 2)}\n`)
}
if (earlier) {
  const { warnings, rows } = changesSince(results, earlier)
  console.log(`Divided by ${asked.compare}:`)
  for (const warning of warnings) console.warn(`not comparable: ${warning}`)
  console.table(rows)
}
process.exitCode = figures.every(({ ok }) => ok) ? 0 : 1

/** A failed measurement is a row too, and not ok. */
function failed(rows: string[], error: unknown): Figure[] {
  console.error(error)
  const note = error instanceof Error ? error.message.slice(0, 300) : String(error)
  return rows.map((name) => ({
    name,
    value: null,
    unit: '',
    baseline: null,
    ratio: null,
    target: '',
    ok: false,
    note,
  }))
}
