import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { catalogOf } from '../../src/http/docs/catalog.ts'
import { LANGUAGES } from '../../src/http/docs/samples/languages.ts'
import { type SampleRequest, sampleOf } from '../../src/http/docs/samples/request.ts'
import type { ApiDocument } from '../../src/http/openapi/describe-api.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { type Stack, startStack } from '../setup/processes.ts'

let stack: Stack
let database: TestDatabase
let samples: { id: string; request: SampleRequest; status: number }[]
const folder = mkdtempSync(join(tmpdir(), 'ringproof-samples-'))

beforeAll(async () => {
  database = await createTestDatabase()
  stack = await startStack({ databaseUrl: database.url })
  const { body } = await stack.request('GET', '/openapi.json')
  samples = catalogOf(body as ApiDocument).operations.map((described) => ({
    id: described.id,
    request: sampleOf(described, stack.url),
    status: Number(Object.keys(described.operation.responses).find((status) => status.startsWith('2'))),
  }))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await stack.stop()
  await database.drop()
})

const has = (command: string) => spawnSync(command, ['--version']).error === undefined

/** Writes every sample of a language to a file, and returns the paths. */
function write(language: string, name: (id: string) => string, after = ''): string[] {
  const { write } = LANGUAGES.find(({ id }) => id === language) ?? {}
  return samples.map(({ id, request }) => {
    const path = join(folder, language, name(id))
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, `${write?.(request)}${after}\n`)
    return path
  })
}

it('every curl sample reaches its operation and is understood there', { timeout: 240_000 }, async () => {
  const start = { phone: '+79243555190', client_token: true }
  const { id, client_token: token } = (await stack.request('POST', '/v1/verifications', { body: start })).body
  // The stream of an ended verification ends, too.
  await stack.request('POST', `/v1/verifications/${id}/cancel`, { body: {} })
  const keys = { rp_test_YOUR_KEY: stack.testKey, rp_live_YOUR_KEY: stack.adminKey, vct_YOUR_TOKEN: token }
  const commands = samples.map(({ request }) =>
    Object.entries(keys).reduce(
      (text, [name, key]) => text.replaceAll(name, key),
      `${LANGUAGES[0]?.write(request)} -m 30 -o /dev/null -w '%{http_code}\\n'`,
    ),
  )
  const { stdout } = await promisify(execFile)('sh', ['-c', commands.join('\n')])
  const answered = stdout.trim().split('\n')
  for (const [i, { id, request, status }] of samples.entries()) {
    // Nothing has the ids of the examples, in the path or in the body.
    const mayBeUnknown =
      /_0193f2a4/.test(JSON.stringify(request)) || /confirm|standing|start-hook/.test(request.url)
    const hasEnded = request.url.includes('/v1/client/')
    const expected = [String(status), ...(mayBeUnknown || hasEnded ? ['404', '409', '422'] : [])]
    expect([id, answered[i]]).toEqual([id, expect.toBeOneOf(expected)])
  }
})

it('every TypeScript sample compiles', () => {
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  write('typescript', (id) => `${id}.mts`, '\nexport {}')
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024'],
    types: ['node'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['typescript'] }))
  const { stdout, status } = spawnSync('tsc', ['-p', folder], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, ''])
})

it.skipIf(!has('python3'))('every Python sample compiles', () => {
  const { stderr, status } = spawnSync(
    'python3',
    ['-m', 'py_compile', ...write('python', (id) => `${id}.py`)],
    { encoding: 'utf8' },
  )
  expect([status, stderr]).toEqual([0, ''])
})

it.skipIf(!has('php'))('every PHP sample compiles', () => {
  for (const path of write('php', (id) => `${id}.php`)) {
    expect([path, spawnSync('php', ['-l', path]).status]).toEqual([path, 0])
  }
})

it.skipIf(!has('gofmt'))('every Go sample is formatted and compiles', () => {
  const paths = write('go', (id) => `${id}/main.go`)
  expect(spawnSync('gofmt', ['-l', ...paths], { encoding: 'utf8' }).stdout).toBe('')
  for (const path of paths) expect([path, spawnSync('go', ['vet', path]).status]).toEqual([path, 0])
})
