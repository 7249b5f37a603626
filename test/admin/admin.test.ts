import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sealContext } from '../../src/idempotency/kept-answer.ts'
import { createSecrets } from '../../src/secrets.ts'
import { type Client, startTestHttp, type TestHttp } from '../http/client.ts'
import { startAll } from '../setup/start.ts'
import { type Ran, runHere } from './run.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SECRET_KEY = Buffer.alloc(32, 5).toString('base64')
const NEXT_KEY = Buffer.alloc(32, 6).toString('base64')

// Some commands are processes, and machines that run tests are busy.
vi.setConfig({ testTimeout: 180_000 })

let test: TestHttp
let request: Client
let folder: string
beforeAll(async () => {
  test = await startTestHttp({ SECRET_KEY })
  request = test.request
  folder = mkdtempSync(join(tmpdir(), 'ringproof-admin-'))
  // PostgreSQL may run as another user.
  chmodSync(folder, 0o755)
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await test.stop()
})

const settings = (env: Record<string, string>) => ({ DATABASE_URL: test.database.url, SECRET_KEY, ...env })

/** Runs what `npm run admin --` runs. */
function runProcess(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const all = { PATH: process.env.PATH, ...settings(env) }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/admin/main.ts', ...args],
      { cwd: ROOT, env: all },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
      },
    )
  })
}

/** The same in this process: each start of a process loads the whole service. */
const run = (args: string[], env: Record<string, string> = {}) => runHere(args, settings(env))

async function ask(...args: string[]) {
  const { code, stdout, stderr } = await run(args)
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const statusOf = async (key: string) => (await request('GET', '/v1/verifications', { key })).status

describe('npm run admin', () => {
  it('creates a tenant and working keys, and lists them without their secrets', async () => {
    const tenant = await ask('tenant', 'create', '--name', 'customer', '--region', 'RU', '--currency', 'EUR')
    expect(tenant).toMatchObject({ name: 'customer', default_region: 'RU', currency: 'EUR', is_first: false })
    const key = await ask(
      ...['key', 'create', '--tenant', tenant.id, '--name', 'ci', '--scopes', 'verify,read'],
      ...['--live', '--network', '127.0.0.0/8', '--network', '10.0.0.0/8'],
    )
    expect(key).toMatchObject({ tenant: tenant.id, livemode: true, scopes: ['verify', 'read'] })
    expect(key.secret).toMatch(/^rp_live_/)
    const answer = await request('GET', '/v1/verifications', { key: key.secret, address: '10.1.2.3' })
    expect(answer.status).toBe(200)
    const [listed, tenants] = [await run(['key', 'list', '--tenant', tenant.id]), await ask('tenant', 'list')]
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: key.id, name: 'ci' }])
    expect(listed.stdout).not.toContain(key.secret)
    expect(tenants.map(({ id }: { id: string }) => id)).toEqual([tenant.id, test.firstTenant])
  })

  it('rotates and revokes keys, audited as `system`', async () => {
    const key = await ask('key', 'create', '--name', 'a', '--scopes', 'read')
    expect(await statusOf(key.secret)).toBe(200)
    const next = await ask('key', 'rotate', key.id, '--overlap', '600')
    expect(next.replaces.id).toBe(key.id)
    expect([await statusOf(key.secret), await statusOf(next.secret)]).toEqual([200, 200])
    expect(await ask('key', 'revoke', next.id)).toEqual({ id: next.id, revoked: true })
    await expect.poll(() => statusOf(next.secret), { timeout: 2000 }).toBe(401)
    const events = await test.app.db.sql<{ type: string; actor: string; data: string }[]>`
      select type, actor, data from audit_log where verification_id is null order by id desc limit 3`
    expect(events.map(({ type, actor }) => [type, actor])).toEqual([
      ['key.revoked', 'system'],
      ['key.rotated', 'system'],
      ['key.created', 'system'],
    ])
    for (const { data } of events) {
      expect(data).not.toContain(key.secret)
      expect(data).not.toContain(next.secret)
    }
  })

  it('shows and sets policies', async () => {
    const before = await ask('policy', 'show')
    const after = await ask('policy', 'set', 'starts_per_phone_day=20', 'conversion_guard=null')
    expect(after).toEqual({ ...before, starts_per_phone_day: 20, conversion_guard: null })
    expect((await request('GET', '/v1/policies')).body).toEqual(after)
  })

  it('seals everything under the new SECRET_KEY, so that the old key can go', async () => {
    const credentials = { token: 'a-token-of-the-operator' }
    const body = { provider: 'telefon-ip', name: 'a', base_url: 'http://127.0.0.1:1', credentials }
    await request('POST', '/v1/provider-accounts', { body, headers: { 'idempotency-key': 'kept' } })
    await request('POST', '/v1/tenants', {
      body: { name: 'b' },
      headers: { 'idempotency-key': 'unanswered' },
    })
    await test.app.db.sql`
      update idempotency_keys set result = answer, answer = null where key = 'unanswered'`
    const env = { SECRET_KEY: NEXT_KEY, SECRET_KEY_OLD: SECRET_KEY }
    const lost = await run(['secrets', 'reseal'], { SECRET_KEY: NEXT_KEY })
    const [first, second] = [await run(['secrets', 'reseal'], env), await run(['secrets', 'reseal'], env)]
    const none = { resealed: 0, unreadable: 0 }
    expect([lost.code, lost.stderr]).toEqual([
      1,
      expect.stringMatching(/^\d+ secret\(s\) could not be opened/),
    ])
    expect(JSON.parse(lost.stdout).provider_accounts).toMatchObject({
      resealed: 0,
      unreadable: expect.any(Number),
    })
    expect(JSON.parse(lost.stdout).provider_accounts.unreadable).toBeGreaterThan(0)
    expect(JSON.parse(first.stdout).provider_accounts.resealed).toBeGreaterThan(0)
    expect(JSON.parse(first.stdout).kept_answers).toEqual({ resealed: 2, unreadable: 0 })
    expect(JSON.parse(second.stdout)).toEqual({
      compat_credentials: none,
      provider_accounts: none,
      start_hooks: none,
      webhook_endpoints: none,
      phone_standings: none,
      archives: none,
      kept_answers: none,
    })
    const onlyNew = createSecrets(Buffer.from(NEXT_KEY, 'base64'))
    const rows = await test.app.db.sql<{ id: string; credentials: Buffer }[]>`
      select id, credentials from provider_accounts`
    for (const { id, credentials } of rows) expect(onlyNew.open(credentials, id)).toContain('{')
    const kept = await test.app.db.sql<
      { tenantId: string; livemode: boolean; key: string; answer: Buffer | null; result: Buffer | null }[]
    >`select * from idempotency_keys order by key`
    expect(kept.map(({ answer, result }) => [answer !== null, result !== null])).toEqual([
      [true, false],
      [false, true],
    ])
    for (const { key, answer, result, ...owner } of kept) {
      expect(onlyNew.open(answer ?? result ?? Buffer.alloc(0), sealContext(owner, key))).toContain('{')
    }
  })

  it('reports a mistake in one line, and changes nothing', async () => {
    const cases: [string[], number, RegExp][] = [
      [[], 2, /tenant create/],
      [['tenant'], 2, /tenant create/],
      [['constructor', 'name'], 2, /^"constructor" is not a command: .*see --help\n$/],
      [['tenants', 'list'], 2, /^"tenants" is not a command: .*tenant, key/],
      [['tenant', 'lst'], 2, /^"tenant lst" is not a command: .*"tenant list"/],
      [['tenant', 'create'], 2, /^--name: is required\n$/],
      [['tenant', 'create', '--name', 'a', '--credit-limit', 'x'], 2, /^--credit-limit: must be/],
      [['key', 'create', '--name', 'a', '--name', 'b', '--scopes', 'read'], 2, /^--name is given twice\n$/],
      [['key', 'create', '--name', 'a', '--scopes', 'read', '--network', 'x'], 2, /^--network: must be/],
      [['key', 'rotate', 'key_x', '--overlap', ''], 2, /^--overlap must be a whole number of seconds/],
      [['policy', 'set', 'starts_per_phone_day=1', 'starts_per_phone_day=2'], 2, /given twice/],
      [['tenant', 'create', '--nonsense'], 2, /^Unknown option '--nonsense'; see --help\n$/],
      [['key', 'create', '--name', 'a', '--scopes', 'read,root'], 2, /^--scopes: /],
      [['key', 'revoke'], 2, /^expected <key_…>, got none; see --help\n$/],
      [['migrate', 'now'], 2, /^expected no argument, got 1/],
      [['policy', 'set'], 2, /^expected <field>=<JSON>…, got none/],
      [['policy', 'set', 'starts_per_phone_day=many'], 2, /must be <field>=<JSON>/],
      [['audit', 'verify', '--known', '00'], 2, /64 hexadecimal digits/],
      [['audit', 'verify', '--known', 'a'.repeat(64), '--from', '2026-01-01T00:00:00Z'], 2, /omit --from/],
      [['policy', 'set', 'nonsense=1'], 2, /^nonsense: is not a known field\n$/],
    ]
    for (const [args, code, says] of cases) {
      const ran = await run(args)
      expect([args, ran.code, ran.stdout]).toEqual([args, code, ''])
      expect(ran.stderr).toMatch(says)
      expect(ran.stderr).not.toMatch(/\n\s+at /)
    }
    const { code, stdout, stderr } = await runProcess(['key', 'revoke', 'key_x'])
    expect([code, stdout, stderr]).toEqual([1, '', 'API key not found.\n'])
  })

  it('prints help for the whole, a noun and a command, without any settings', async () => {
    const all = await runProcess(['--help'], { DATABASE_URL: '', SECRET_KEY: '' })
    const names = [...all.stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?)/gm)].map(([, name = '']) => name)
    expect(names).toContain('audit verify')
    const asked = [...names, ...new Set(names.map((name) => name.split(' ')[0] ?? ''))]
    for (const name of ['', ...asked]) {
      const { code, stdout, stderr } = await run([...name.split(' ').filter(Boolean), '--help'])
      expect([name, code, stderr]).toEqual([name, 0, ''])
      expect(stdout).toContain(name)
      expect(stdout).toMatch(/^Exit codes: 0 .*; 1 .*; 2 /m)
    }
    const [rotate, key] = [await run(['key', 'rotate', '-h']), await run(['help', 'key'])]
    expect(rotate.stdout).toMatch(/^ {2}--overlap <seconds> {2}How long/m)
    expect(rotate.stdout).not.toContain('create')
    expect(key.stdout).toContain('key rotate <key_…> [--overlap <seconds>]')
    expect(key.stdout).not.toContain('tenant create')
  })

  it('prints one line of JSON with --json, and errors as JSON on standard error', async () => {
    const tenants = await runProcess(['tenant', 'list', '--json'])
    expect([tenants.code, tenants.stderr, tenants.stdout.split('\n').length]).toEqual([0, '', 2])
    expect(JSON.parse(tenants.stdout)).toEqual(await ask('tenant', 'list'))
    const cases: [string[], number, object][] = [
      [['--json', 'key'], 2, { code: 'usage' }],
      [['tenant', 'lst', '--json'], 2, { code: 'usage' }],
      [
        ['tenant', 'create', '--json'],
        2,
        { code: 'invalid_request', errors: [{ path: 'name', message: 'is required' }] },
      ],
    ]
    for (const [args, code, error] of cases) {
      const ran = await run(args)
      expect([args, ran.code, ran.stdout]).toEqual([args, code, ''])
      expect(JSON.parse(ran.stderr)).toMatchObject({ error })
    }
    const unset = await run(['migrate', '--json'], { DATABASE_URL: '' })
    expect([unset.code, JSON.parse(unset.stderr).error.code]).toEqual([1, 'settings'])
  })

  it('prints the report of a failed check, and exits with 1', async () => {
    const { sql } = test.app.db
    await sql`insert into ledger_balances (account, owner_id, currency, balance_micros)
      select 'funds', id, 'XTS', 1 from tenants limit 1`
    const { code, stdout, stderr } = await run(['ledger', 'verify', '--json'])
    await sql`delete from ledger_balances where currency = 'XTS'`
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ledger: 'not balanced',
      problems: [{ check: expect.any(String), subject: expect.stringContaining('XTS') }],
    })
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'check_failed' })
  })

  it('leaves a migrated database alone', async () => {
    expect(await ask('migrate', '--json')).toBe('The database is up to date.')
  })

  it('names an unreachable DATABASE_URL without its password', async () => {
    const { code, stderr } = await run(['tenant', 'list'], {
      DATABASE_URL: 'postgres://me:hidden@127.0.0.1:1/x',
    })
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1 .*\n$/),
    ])
    expect(stderr).not.toContain('hidden')
  })

  it('finds a running npm start by DATA_DIR, and says when there is none', async () => {
    const none = { DATABASE_URL: '', SECRET_KEY: '' }
    const lost = await run(['tenant', 'list'], { ...none, DATA_DIR: join(folder, 'nothing') })
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('DATA_DIR')])
    const DATA_DIR = join(folder, 'data')
    const started = await startAll(DATA_DIR)
    const made = await runProcess(['key', 'create', '--name', 'a', '--scopes', 'read'], { ...none, DATA_DIR })
    const { secret } = JSON.parse(made.stdout)
    const headers = { authorization: `Bearer ${secret}` }
    expect((await fetch(`${started.url}/v1/verifications`, { headers })).status).toBe(200)
    started.signal('SIGTERM')
    await started.ended
    const away = await run(['tenant', 'list'], { ...none, DATA_DIR })
    expect([away.code, away.stderr]).toEqual([
      1,
      expect.stringMatching(/^The database of .*data does not answer: is npm start running\?\n$/),
    ])
  })
})
