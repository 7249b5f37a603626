import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseModule, readModules } from '../../scripts/doors/imports.ts'
import { findLong, readLengths } from '../../scripts/doors/lengths.ts'
import { findBreaches, findStrangers } from '../../scripts/doors/rules.ts'
import { findSleepers } from '../../scripts/doors/sleeps.ts'

const breachesOf = (path: string, source: string) => findBreaches([parseModule(path, source)])

test('the repository keeps to its doors', () => {
  const modules = readModules(fileURLToPath(new URL('../..', import.meta.url)), ['src', 'worker'])
  expect(modules.length).toBeGreaterThan(20)
  expect(findBreaches(modules)).toEqual([])
  expect(findStrangers(modules)).toEqual([])
})

test.each([
  ['src/calls/place.ts', `import { run } from '../../worker/main.ts'`],
  ['src/verifications/start.ts', `import { answer } from '../http/problem.ts'`],
  ['src/providers/new-tel/index.ts', `import type { Db } from '../../db/client.ts'`],
  ['src/providers/new-tel/index.ts', `export * from '../../calls/place.ts'`],
  ['src/http/routes/health.ts', `import postgres from 'postgres'`],
  ['src/http/routes/health.ts', `import { verifications } from '../../db/schema/index.ts'`],
  ['worker/jobs.ts', `import { eq } from 'drizzle-orm'`],
  ['worker/jobs.ts', `const { eq } = await import('drizzle-orm/pg-core')`],
  ['src/verifications/start.ts', `import type { Context } from 'hono'`],
  ['src/calls/place.ts', `import type {\n  Queue,\n} from 'bullmq'`],
  ['src/sandbox/app.ts', `import '../db/client.ts'`],
  ['src/access/keys.ts', `import { keyNoun } from '../admin/key.ts'`],
  ['src/admin/key.ts', `import { tenants } from '../db/schema/index.ts'`],
  ['src/process/log.ts', `const level = process.env.LOG_LEVEL`],
  ['src/limits/rules.ts', `import type { Routing } from '../routing/routing.ts'`],
])('%s may not say: %s', (path, source) => {
  expect(breachesOf(path, source)).not.toEqual([])
})

test.each([
  ['src/http/routes/start.ts', `import { start } from '../../verifications/start.ts'`],
  ['src/verifications/start.ts', `// import { Hono } from 'hono'\n/* import 'bullmq' */`],
  ['src/verifications/start.ts', `const text = 'see // import'\nimport { openDb } from '../db/client.ts'`],
  ['src/verifications/present.ts', `import type { z } from '@hono/zod-openapi'`],
  ['worker/main.ts', `import { type Job, Worker } from 'bullmq'`],
  ['src/process/config.ts', `const env = process.env`],
])('%s may say: %s', (path, source) => {
  expect(breachesOf(path, source)).toEqual([])
})

test('an operator is named in its own files, at its door, in the registries and in examples, and nowhere else', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const own = /^src\/(providers|sandbox)\/(registry\.ts|operators\/|(telefon-ip|new-tel)\/)/
  // What serves an operator's API, and the credentials for it.
  const served = /^src\/(compat\/|(access|db\/schema|console\/(pages|parts))\/(compat|doors?)\b)/
  const named = globSync('{src,worker}/**/*.ts', { cwd: root })
    .filter((path) => !own.test(path) && !served.test(path))
    .flatMap((path) => readFileSync(`${root}/${path}`, 'utf8').split('\n'))
    .filter((line) => /telefon-?ip|new-?tel\b/i.test(line) && !line.includes('example: '))
  expect(named).toEqual([])
})

test('a room without a rule is found, and a rule without a room', () => {
  const found = findStrangers([parseModule('src/cellar/wine.ts', ''), parseModule('src/draft/draft.ts', '')])
  expect(found).toContain('src/cellar is not in the list of rooms')
  expect(found).toContain('the list of rooms names src/html, which does not exist')
  expect(found.join()).not.toContain('draft')
})

test.each([
  `await new Promise((resolve) => setTimeout(resolve, 1000))`,
  `await new Promise<void>(done => { setTimeout(done, 5) })`,
  `new Promise((resolve) => setTimeout(() => resolve(null), 5))`,
  `import { setTimeout as sleep } from 'node:timers/promises'`,
])('a test that sleeps is found: %s', (source) => {
  expect(findSleepers([parseModule('test/calls/poll.test.ts', source)])).toHaveLength(1)
})

test('a test may set a timer, and waitFor may sleep', () => {
  const timer = 'setTimeout(() => child.kill(), 500)'
  const sleep = `import { setTimeout as sleep } from 'node:timers/promises'`
  expect(
    findSleepers([parseModule('test/setup/child.ts', timer), parseModule('test/setup/wait.ts', sleep)]),
  ).toEqual([])
})

test('no file is above 300 lines, language tables aside', () => {
  const files = readLengths(fileURLToPath(new URL('../..', import.meta.url)))
  const paths = files.map(({ path }) => path)
  for (const path of ['README.md', 'docs/security.md', 'src/console/assets/live.js', 'worker/main.ts'])
    expect(paths).toContain(path)
  expect(findLong(files)).toEqual([])
})

test('a file of 301 lines is found, one of 300 and a language table are not', () => {
  const found = findLong([
    { path: 'test/calls/place.test.ts', lines: 301 },
    { path: 'src/calls/place.ts', lines: 300 },
    { path: 'src/console/language/en.ts', lines: 450 },
  ])
  expect(found).toEqual(['test/calls/place.test.ts has 301 lines; at most 300'])
})
