import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import type { Example } from './record/recorder.ts'
import { record } from './record/scenario.ts'

const FILE = new URL('../../src/http/openapi/examples.json', import.meta.url)
let recorded: Record<string, Example>

beforeAll(async () => {
  recorded = await record()
  // `npm run examples` writes what the test below would compare.
  if (process.env.RECORD_EXAMPLES) writeFileSync(FILE, `${JSON.stringify(recorded, null, 2)}\n`)
})

/** The fields of a value and their types; of an array, those of its first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
}

it('the examples in the OpenAPI document are what the service answers; `npm run examples` records them', () => {
  const written = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Example>
  expect(Object.keys(written)).toEqual(Object.keys(recorded))
  for (const [id, example] of Object.entries(recorded)) {
    expect([id, shapeOf(written[id])]).toEqual([id, shapeOf(example)])
  }
})
