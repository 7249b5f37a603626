import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
const own = readJson('package.json') as {
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}
type Locked = { version: string; os?: string; cpu?: string; optional?: boolean; bin?: Record<string, string> }
const { packages } = readJson('package-lock.json') as {
  packages: Record<string, Locked & { integrity?: string; resolved?: string }>
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('the lock file', () => {
  it('brings Node 24 as a checked file for each supported system, so that no install script is needed', () => {
    const nodes = Object.entries(own.optionalDependencies).filter(([name]) => name.startsWith('node-'))
    const locked = nodes.map(([name]) => packages[`node_modules/${name}`])
    const systems = locked.map((entry) => `${entry?.os} ${entry?.cpu}`)
    expect(systems.sort()).toEqual(['darwin arm64', 'darwin x64', 'linux arm64', 'linux x64'])
    for (const [i, [name, version]] of nodes.entries()) {
      expect(version, name).toMatch(/^24\.\d+\.\d+$/)
      expect(locked[i]).toMatchObject({ version, optional: true, bin: { node: 'bin/node' } })
    }
  })

  it('knows the content of every package, and no address of one', () => {
    for (const [path, { integrity, resolved }] of Object.entries(packages)) {
      if (path !== '') expect([path, integrity, resolved]).toEqual([path, expect.any(String), undefined])
    }
  })
})

type Setting = { without?: string[]; engines?: string; dev?: boolean; npmScript?: string }

/** Runs the check before npm scripts in a folder (with a space in its name) where some packages are not installed. */
function runNeeds({ without = [], engines = '>=24', dev = false, npmScript = 'start' }: Setting) {
  const folder = join(mkdtempSync(join(tmpdir(), 'ringproof needs-')), 'a b')
  folders.push(dirname(folder))
  mkdirSync(join(folder, 'scripts'), { recursive: true })
  cpSync(join(ROOT, 'scripts/needs.cjs'), join(folder, 'scripts/needs.cjs'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...own, engines: { node: engines } }))
  for (const name of Object.keys({ ...own.dependencies, ...own.devDependencies })) {
    if (!without.includes(name)) mkdirSync(join(folder, 'node_modules', name), { recursive: true })
  }
  const args = ['scripts/needs.cjs', ...(dev ? ['--dev'] : [])]
  const env = { npm_lifecycle_event: npmScript }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  return [status, stdout, stderr]
}

const dev = Object.keys(own.devDependencies)
const [firstDependency = ''] = Object.keys(own.dependencies)
const NO_PACKAGES = 'npm start needs packages that are not installed; run "npm ci".\n'
const NO_DEV =
  'npm test needs the dev dependencies, which NODE_ENV=production leaves out; run "npm ci --include=dev".\n'

test.each<[string, Setting, string]>([
  ['nothing where everything is there', { dev: true }, ''],
  ['nothing of dev dependencies to what runs without', { without: dev }, ''],
  ['that packages are missing', { without: [firstDependency] }, NO_PACKAGES],
  ['which packages NODE_ENV=production left out', { without: dev, dev: true, npmScript: 'test' }, NO_DEV],
])('before an npm script the check says %s', (_, setting, line) => {
  expect(runNeeds(setting)).toEqual([line ? 1 : 0, '', line])
})

test('on an old Node the check says which one is needed, and names the script', () => {
  const [status, stdout, stderr] = runNeeds({ engines: '>=99', npmScript: 'migrate' })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^npm run migrate needs Node 99 or newer, not \d+\.\d+\.\d+; .*\n$/)
})

test('every npm script checks first what it needs', () => {
  for (const [name, command] of Object.entries(own.scripts)) {
    expect(command, name).toMatch(/^node scripts\/needs\.cjs (--dev )?&& (exec )?\S/)
    const runsDev = /vitest|biome|drizzle-kit|node test\/|screenshots/.test(command)
    expect([name, command.includes('--dev')]).toEqual([name, runsDev])
  }
})
