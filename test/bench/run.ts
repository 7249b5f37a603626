import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { prepareBed } from './bed.ts'
import { requestFigures } from './cases/requests.ts'
import type { Figure } from './figure.ts'

/** `npm run bench`: every figure with its baseline from the same run, as a table and in bench/results.json. */
const figures: Figure[] = []

const bed = await prepareBed({ redis: true, workers: 0 })
try {
  figures.push(...(await requestFigures(bed)))
} finally {
  await bed.close()
}

console.table(figures)
mkdirSync('bench', { recursive: true })
writeFileSync('bench/results.json', `${JSON.stringify(figures, null, 2)}\n`)
console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}`)
process.exitCode = figures.every(({ ok }) => ok) ? 0 : 1
