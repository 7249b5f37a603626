import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { startChild } from '../setup/child.ts'
import { createTestDatabase } from '../setup/database.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The paths that the Dockerfile copies from the repository. */
const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
  ([, from]) => from?.split(' ') ?? [],
)

/** The packages that `npm ci --omit=dev --omit=optional` installs, by the lock file. */
function productionPackages(): string[] {
  type Entry = { dev?: boolean; optional?: boolean; devOptional?: boolean }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path && !dev && !optional && !devOptional)
    .map(([path]) => path)
}

test('the Dockerfile copies only existing paths that .dockerignore allows', () => {
  const letThrough = read('.dockerignore').split('\n')
  expect(copied.length).toBeGreaterThan(3)
  for (const path of copied) {
    expect(existsSync(join(ROOT, path)), path).toBe(true)
    expect(letThrough).toContain(`!${path}`)
  }
})

test('compose.yaml mounts only existing files', () => {
  const mounted = [...read('compose.yaml').matchAll(/^ +- \.\/(\S+?):/gm)].map(([, path = '']) => path)
  expect(mounted.length).toBeGreaterThan(2)
  expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

/** Builds the image's file set: what the Dockerfile copies, without dev and optional packages. */
function makeImage(): string {
  const image = mkdtempSync(join(tmpdir(), 'ringproof-image-'))
  folders.push(image)
  for (const path of copied) cpSync(join(ROOT, path), join(image, path), { recursive: true })
  for (const path of productionPackages()) {
    // Nested packages are entries of their own, and may be dev or optional.
    const nested = join(ROOT, path, 'node_modules')
    cpSync(join(ROOT, path), join(image, path), {
      recursive: true,
      filter: (from) => !from.startsWith(nested),
    })
  }
  return image
}

/** The path of the one command that the Dockerfile puts on the image's PATH: a link to an executable file. */
function installAdmin(image: string): string {
  const [, target = '', name = ''] =
    /ln -s \/app\/(\S+) \/usr\/local\/bin\/(\S+)/.exec(read('Dockerfile')) ?? []
  const bin = join(image, 'bin')
  mkdirSync(bin)
  chmodSync(join(image, target), 0o755)
  symlinkSync(join(image, target), join(bin, name))
  return bin
}

test('API, worker, sandbox, gateway and admin run from the image, without dev and optional packages', async () => {
  const image = makeImage()
  const cache = join(image, 'compile-cache')
  for (const entry of ['src/main.ts', 'worker/main.ts']) {
    const env = { NODE_ENV: 'production', NODE_COMPILE_CACHE: cache }
    const ended = spawnSync(process.execPath, [entry], { cwd: image, env, encoding: 'utf8' })
    expect(ended.status, ended.stderr).toBe(1)
    expect(ended.stderr).toContain('SECRET_KEY')
  }
  expect(readdirSync(cache)).toHaveLength(1)
  const database = await createTestDatabase()
  const env = {
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: cache,
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: database.url,
    SECRET_KEY: randomBytes(32).toString('base64'),
  }
  const sandbox = await startChild('src/sandbox/main.ts', env, image)
  const api = await startChild('src/main.ts', { ...env, SANDBOX_URL: sandbox.url ?? '' }, image)
  const worker = await startChild('worker/main.ts', env, image)
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200)
  const gateway = await startChild(
    'src/gateway/main.ts',
    { ...env, DATA_DIR: join(image, 'data'), SIP_ADDRESS: '127.0.0.1' },
    image,
  )
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
  const PATH = [installAdmin(image), dirname(process.execPath), process.env.PATH].join(delimiter)
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: image, env: { ...env, PATH }, encoding: 'utf8' })
  const help = run('admin', '--help')
  expect([help.status, help.stdout, help.stderr]).toEqual([0, expect.stringContaining('audit verify'), ''])
  const verified = run('admin', 'audit', 'verify')
  expect([verified.status, verified.stderr]).toEqual([0, ''])
  const migrated = run('admin', 'migrate', '--json')
  expect([migrated.status, migrated.stdout, migrated.stderr]).toEqual([
    0,
    '"The database is up to date."\n',
    '',
  ])
  const refused = run('admin', 'key', 'revoke', 'key_x', '--json')
  expect([refused.status, refused.stdout]).toEqual([1, ''])
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'not_found' } })
  // The command of `npm run migrate`: npm itself is not copied.
  const npmScript = JSON.parse(read('package.json')).scripts.migrate
  const byNpm = run('sh', '-c', npmScript)
  expect([byNpm.status, byNpm.stdout]).toEqual([0, 'The database is up to date.\n'])
  await Promise.all([api, worker, sandbox, gateway].map((child) => child.stop()))
  await database.drop()
}, 120_000)

test('.env.example has every variable that the config and compose.yaml read', () => {
  const example = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
  const inConfig = [...read('src/process/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name,
  )
  const inCompose = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name)
  expect(inConfig.length).toBeGreaterThan(10)
  const wanted = new Set([...inConfig, ...inCompose])
  wanted.delete('NODE_ENV')
  expect([...wanted].filter((name) => !example.includes(name))).toEqual([])
})

test('every npm script in the production guides runs from the image', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const guides = ['docs/production.md', 'docs/audit.md', 'docs/billing.md', 'docs/security.md']
    .map(read)
    .join('\n')
  const prescribed = new Set([...guides.matchAll(/`npm run (migrate|admin)\b/g)].map(([, name = '']) => name))
  expect([...prescribed].sort()).toEqual(['admin', 'migrate'])
  for (const name of prescribed) {
    const files = [...(scripts[name] ?? '').matchAll(/\bnode (?:--\S+ )*([\w./-]+)/g)].map(
      ([, file = '']) => file,
    )
    expect(files).toHaveLength(2)
    for (const file of files) {
      expect(
        copied.some((path) => file === path || file.startsWith(`${path}/`)),
        `${name}: ${file}`,
      ).toBe(true)
    }
  }
})
