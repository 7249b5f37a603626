import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf, ROOT, read } from '../docs/blocks.ts'

const folder = mkdtempSync(join(tmpdir(), 'ringproof-package-'))
// As root, PostgreSQL runs as another user, which must be able to pass the folder.
chmodSync(folder, 0o711)
const home = join(folder, 'empty')
const { name, version } = JSON.parse(read('package.json')) as { name: string; version: string }
const env = { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'error' }

function run(command: string, args: string[], { cwd = home, more = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...env, ...more },
    encoding: 'utf8',
  })
  return { status, stdout: stdout.trim(), stderr: stderr.trim() }
}

const bin = join(home, 'node_modules', name, 'bin/ringproof.cjs')
const ringproof = (args: string[], options: string[] = []) =>
  run(process.execPath, [...options, bin, ...args])

/**
 * The packages that an installation gets, as links to ours: npm then finds them in place and downloads nothing.
 * Packages for other systems are not here, and npm leaves them out.
 */
function linkDependencies(): void {
  type Entry = { dev?: boolean; link?: boolean }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }
  const tops = Object.entries(packages)
    .filter(([path, { dev, link }]) => path.lastIndexOf('node_modules/') === 0 && !dev && !link)
    .map(([path]) => path)
  const found = tops.filter((path) => run('test', ['-d', join(ROOT, path)]).status === 0)
  for (const path of new Set(found.map(dirname))) mkdirSync(join(home, path), { recursive: true })
  for (const path of found) {
    const linked = run('cp', ['-Rl', join(ROOT, path), join(home, path)])
    if (linked.status !== 0) cpSync(join(ROOT, path), join(home, path), { recursive: true })
  }
}

/** `url` rejects if it ends before it is ready. */
function startService() {
  const child = spawn('npx', ['ringproof', 'start'], {
    cwd: home,
    env: { ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  // The pipes close when the last process of the service has ended.
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        const found = /Ringproof is ready: (\S+)[\s\S]*Ctrl-C/.exec(said)?.[1]
        if (found) resolve(found)
      })
    }
    ended.then(() => reject(new Error(`It ended: ${said}`)))
  })
  return { url, ended, stop: () => child.kill('SIGTERM') }
}

beforeAll(() => {
  mkdirSync(home)
  linkDependencies()
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT })
  expect(packed.status, packed.stderr).toBe(0)
  const tarball = join(folder, `${name}-${version}.tgz`)
  const options = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund']
  const installed = run('npm', ['install', ...options, tarball])
  expect(installed.status, installed.stderr).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package, installed in an empty folder, runs the service and the quick start of the README', async () => {
  const service = startService()
  const url = await service.url
  try {
    const lines = blocksOf('README.md')
      .filter(({ language, notRun }) => language === 'sh' && !notRun)
      .map(({ text }) => text)
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', url)
      .replaceAll('npm run -s admin --', 'npx ringproof admin')
    const { status, stdout, stderr } = run('bash', ['-ec', lines])
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('"status":"approved"')
    for (const path of ['/docs/guides/integrate', '/docs/guides/production', '/console/login']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 200])
    }
  } finally {
    service.stop()
    await service.ended
  }
})

test('the command tells its version and its commands, and rejects any other', () => {
  expect(ringproof(['--version'])).toEqual({ status: 0, stdout: version, stderr: '' })
  const help = ringproof(['--help']).stdout
  for (const command of ['start', 'demo', 'migrate', 'admin', 'api', 'worker', 'sandbox', 'gateway']) {
    expect(help).toMatch(new RegExp(`\\b${command}\\b`))
  }
  expect(ringproof(['toString'])).toMatchObject({ status: 2, stdout: '' })
})

test.each(['migrate', 'worker'])('%s runs, and says which setting it lacks', (command) => {
  const { status, stderr } = ringproof([command])
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^DATABASE_URL: must be set/m)])
})

test('a Node that is too old hands over to the one in the package, and says what to do without it', () => {
  const old = join(folder, 'old.cjs')
  writeFileSync(
    old,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })`,
  )
  const handedOver = ringproof(['admin', 'nonsense', 'verb'], ['--require', old])
  expect([handedOver.status, handedOver.stderr]).toEqual([2, expect.stringContaining('is not a command')])
  const alone = join(folder, 'alone')
  cpSync(dirname(bin), join(alone, 'bin'), { recursive: true })
  cpSync(join(dirname(bin), '../package.json'), join(alone, 'package.json'))
  const refused = run(process.execPath, ['--require', old, join(alone, 'bin/ringproof.cjs'), 'start'])
  expect(refused.status).toBe(1)
  expect(refused.stderr).toMatch(
    /^ringproof needs Node 24 or newer, not 18\.20\.4: "npm install --include=optional"/,
  )
})

test('the package holds JavaScript, and nothing that runs needs TypeScript', () => {
  const listed = readFileSync(join(home, 'node_modules', name, 'dist/package.json'), 'utf8')
  expect(JSON.parse(listed)).toEqual({ name, version, type: 'module' })
  const dist = join(home, 'node_modules', name)
  expect(
    run('find', [dist, '-name', '*.ts', '-not', '-path', '*/node_modules/*/node_modules/*']).stdout,
  ).toBe('')
  expect(run('grep', ['-rlE', `(from|import)[ (]'\\.[^']*\\.ts'`, dist]).stdout).toBe('')
})
