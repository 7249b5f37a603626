import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT, read } from '../docs/blocks.ts'
import { hasProgram } from '../setup/programs.ts'

const UNITS = globSync('deploy/systemd/*.service', { cwd: ROOT }).sort()
const folder = mkdtempSync(join(tmpdir(), 'ringproof-units-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const KNOWN = new Set([...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name))

describe('the systemd units', () => {
  test('run API, worker and gateway, with settings that exist', () => {
    expect(UNITS.map((path) => basename(path, '.service'))).toEqual([
      'ringproof-api',
      'ringproof-gateway',
      'ringproof-worker',
    ])
    for (const unit of UNITS.map(read)) {
      const [, file = ''] = /^ExecStart=\/usr\/bin\/node (\S+)$/m.exec(unit) ?? []
      expect([file, existsSync(join(ROOT, file))]).toEqual([file, true])
      const set = [...unit.matchAll(/^Environment=([A-Z_]+)=/gm)].map(([, name = '']) => name)
      expect(set.filter((name) => !KNOWN.has(name) && !name.startsWith('NODE_'))).toEqual([])
    }
  })

  // Node compiles code at run time, which forbids MemoryDenyWriteExecute, and it needs the network: 2.0 is close.
  test.skipIf(!hasProgram('systemd-analyze'))('are valid, and exposed by 2.0 of 10 at most', () => {
    const files = UNITS.map((path) => {
      const file = join(folder, basename(path))
      // The check wants the program to exist.
      writeFileSync(file, read(path).replace('/usr/bin/node', process.execPath))
      return file
    })
    const analyze = (...args: string[]) =>
      spawnSync('systemd-analyze', [...args, ...files], { encoding: 'utf8' })
    const verified = analyze('verify')
    expect([verified.status, verified.stderr]).toEqual([0, ''])
    const { status, stdout } = analyze('security', '--offline=true', '--threshold=20', '--no-pager')
    expect(stdout).toContain('Overall exposure level for ringproof-api.service')
    expect(status, stdout).toBe(0)
  })
})

describe('deploy/compose.yaml', () => {
  type Service = Record<string, unknown> & {
    image?: string
    build?: unknown
    command?: string
    ports?: string[]
    volumes?: string[]
    depends_on?: object
    environment?: Record<string, string>
    env_file?: unknown
  }
  const text = read('deploy/compose.yaml')
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }

  test('builds nothing and mounts no file of the repository', () => {
    for (const [name, { image, build, volumes = [] }] of Object.entries(services)) {
      expect([name, build, typeof image]).toEqual([name, undefined, 'string'])
      expect(volumes.filter((each) => each.startsWith('.'))).toEqual([])
    }
  })

  test('starts what exists, after what it needs, and publishes the proxy alone, on this machine alone', () => {
    for (const [name, { command = '', depends_on = {}, ports = [] }] of Object.entries(services)) {
      const [, file] = /^node (\S+)$/.exec(command) ?? []
      if (file) expect([name, existsSync(join(ROOT, file))]).toEqual([name, true])
      expect(Object.keys(depends_on).filter((needed) => !(needed in services))).toEqual([])
      expect([name, ports.every((port) => port.startsWith('127.0.0.1:'))]).toEqual([name, true])
      expect(ports.length > 0).toBe(name === 'proxy')
    }
  })

  test('asks only for settings that exist, and gives the sandbox no secret', () => {
    const asked = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name)
    expect(asked.filter((name) => !KNOWN.has(name))).toEqual([])
    const set = Object.values(services).flatMap(({ environment = {}, image = '' }) =>
      image.startsWith('postgres') ? [] : Object.keys(environment),
    )
    expect(set.filter((name) => !KNOWN.has(name) && name !== 'NODE_ENV')).toEqual([])
    expect(services.sandbox).toMatchObject({ env_file: [], environment: { NODE_ENV: '' } })
  })

  test('runs the same images of others as compose.yaml', () => {
    const ours = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> }
    for (const name of ['proxy', 'postgres']) expect(services[name]?.image).toBe(ours.services[name]?.image)
  })
})
