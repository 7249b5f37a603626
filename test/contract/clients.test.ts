import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import openapiTS, { astToString } from 'openapi-typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'

const GUIDE = readFileSync('docs/guides/generated-clients.md', 'utf8')
const PRINTED = [...GUIDE.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

let test: TestHttp
let document: string
const folder = mkdtempSync(join(tmpdir(), 'ringproof-clients-'))

beforeAll(async () => {
  test = await startTestHttp()
  document = (await test.request('GET', '/openapi.json', { key: null })).text
  writeFileSync(join(folder, 'openapi.json'), document)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await test.stop()
})

/** What the compiler finds in a file and all that it imports. */
function compile(file: string): string {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'dom', 'dom.iterable'],
    types: ['node'],
    skipLibCheck: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  return spawnSync('tsc', ['-p', folder], { encoding: 'utf8' }).stdout
}

it('the quick start of openapi-typescript compiles as printed in the guide', async () => {
  const nodes = await openapiTS(document)
  writeFileSync(join(folder, 'ringproof.ts'), astToString(nodes))
  writeFileSync(join(folder, 'openapi-typescript.ts'), PRINTED[0] ?? '')
  expect(compile('openapi-typescript.ts')).toBe('')
})

it('the quick start of hey-api compiles as printed in the guide', async () => {
  await createClient({
    input: join(folder, 'openapi.json'),
    output: join(folder, 'ringproof'),
    logs: { level: 'silent', file: false },
  })
  writeFileSync(join(folder, 'hey-api.ts'), PRINTED[1] ?? '')
  expect(compile('hey-api.ts')).toBe('')
})
