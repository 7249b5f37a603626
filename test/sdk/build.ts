import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, it } from 'vitest'
import { buildSdk, systemNodes } from './built.ts'
import { openSdk, type Sdk } from './service.ts'

const BYTES_MAX = 8_000

let test: Sdk
let folder: string
beforeAll(async () => {
  test = await openSdk()
  folder = buildSdk()
})

it('the built package is small, and imports nothing but itself', () => {
  const files = readdirSync(join(folder, 'node_modules/ringproof/dist')).filter((name) =>
    name.endsWith('.js'),
  )
  const texts = files.map((name) => readFileSync(join(folder, 'node_modules/ringproof/dist', name), 'utf8'))
  const bytes = gzipSync(texts.join('\n')).length
  console.info(`sdk/typescript: ${texts.join('').length} bytes of JavaScript, ${bytes} gzipped`)
  expect(bytes).toBeLessThan(BYTES_MAX)
  const imported = texts.flatMap((text) => [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name))
  expect(imported.filter((name) => !name?.startsWith('./'))).toEqual([])
})

it.each(['dom', 'node'])('its declarations serve a program with the types of %s only', (which) => {
  const own = join(folder, which)
  mkdirSync(own)
  symlinkSync(join(process.cwd(), 'node_modules/@types'), join(own, 'types'))
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    lib: which === 'dom' ? ['es2022', 'dom', 'dom.iterable'] : ['es2022'],
    types: which === 'dom' ? [] : [join(process.cwd(), 'node_modules/@types/node')],
  }
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  writeFileSync(
    join(own, 'program.ts'),
    `import { CodeIncorrectError, Ringproof } from 'ringproof'
const ringproof = new Ringproof({ baseUrl: 'http://127.0.0.1:8080', apiKey: 'rp_test_x' })
export async function confirm(id: string, code: string): Promise<number> {
  try {
    return (await ringproof.verifications.confirm(id, { code })).proof.length
  } catch (error) {
    if (error instanceof CodeIncorrectError) return error.checksLeft
    throw error
  }
}
// @ts-expect-error a misspelt field
ringproof.verifications.start({ phone: '+79243555100', chanel: 'sms' })
`,
  )
  expect(spawnSync('tsc', ['-p', own], { encoding: 'utf8' }).stdout).toBe('')
})

it('sdk/better-auth builds on the built package', () => {
  const compilerOptions = {
    noEmit: true,
    paths: { ringproof: [join(folder, 'node_modules/ringproof/dist/index.d.ts')] },
  }
  const extending = join(process.cwd(), 'sdk/better-auth/tsconfig.json')
  const include = [join(process.cwd(), 'sdk/better-auth/src')]
  const file = join(folder, 'better-auth.json')
  writeFileSync(file, JSON.stringify({ extends: extending, compilerOptions, include }))
  expect(spawnSync('tsc', ['-p', file], { encoding: 'utf8' }).stdout).toBe('')
})

it.each(systemNodes())('%s verifies a phone with the built package', async (_, node) => {
  const { stack } = test
  const { id, phone, code } = await test.begin()
  const { tenant } = await test.newKey(['read'])
  writeFileSync(
    join(folder, 'program.mjs'),
    `import { Ringproof } from 'ringproof'
const [baseUrl, apiKey, id, code, audience, phone] = process.argv.slice(2)
const ringproof = new Ringproof({ baseUrl, apiKey })
const { proof } = await ringproof.verifications.confirm(id, { code })
console.log((await ringproof.verifyProof(proof, { audience, phone })).sub)
for await (const each of ringproof.verifications.list({ phone })) console.log(each.status)
`,
  )
  const program = [join(folder, 'program.mjs'), stack.url, stack.testKey, id, code, tenant, phone]
  const { stdout, stderr } = spawnSync(node, program, { encoding: 'utf8' })
  expect(stdout, stderr).toBe(`${phone}\napproved\n`)
})
