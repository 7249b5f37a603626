import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { COMMANDS } from '../../src/admin/commands.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { runHere } from './run.ts'

vi.setConfig({ testTimeout: 120_000 })

const SECRET_KEY = Buffer.alloc(32, 5).toString('base64')
const PHONE = '+79243555177'
const TOKEN = '4ea13fbf-f5a3-4c1d-9c1a-0123456789ab'

let own: TestHttp
let folder: string
beforeAll(async () => {
  own = await startTestHttp({ SECRET_KEY })
  folder = mkdtempSync(join(tmpdir(), 'ringproof-nouns-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await own.stop()
})

const run = (args: string[], options?: { onTerminal: boolean }) =>
  runHere(args, { DATABASE_URL: own.database.url, SECRET_KEY }, options)

// biome-ignore lint/suspicious/noExplicitAny: the answers of the command line, asserted field by field
async function ask(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await run(args)
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

const idsOf = (list: { id: string }[]) => list.map(({ id }) => id)

async function newAccount(name: string) {
  writeFileSync(join(folder, 'credentials'), JSON.stringify({ token: TOKEN }))
  const credentials = `@${join(folder, 'credentials')}`
  return ask(
    ...['account', 'create', '--provider', 'telefon-ip', '--name', name],
    ...['--base-url', 'http://127.0.0.1:1', '--credentials', credentials],
  )
}

/** What the API administers, with the command that does the same. */
const SAME: Record<string, string> = {
  ApiKey: 'key',
  Tenant: 'tenant',
  ProviderAccount: 'account',
  Route: 'route',
  Price: 'price',
  AccountCost: 'cost',
  WebhookEndpoint: 'webhook',
  CompatCredential: 'door',
}
const OTHERS: Record<string, string> = {
  rotateApiKey: 'key rotate',
  checkProviderAccount: 'account check',
  getProviderAccountHealth: 'account health',
  getPolicy: 'policy show',
  updatePolicy: 'policy set',
  simulatePolicy: 'policy simulate',
  listPhoneStandings: 'phone list',
  getPhoneStanding: 'phone show',
  setPhoneStanding: 'phone set',
  erasePhone: 'phone erase',
  listErasures: 'erasure list',
  getErasure: 'erasure show',
  getTexts: 'texts show',
  updateTexts: 'texts set',
  rotateWebhookSecret: 'webhook rotate',
  testWebhookEndpoint: 'webhook test',
  listWebhookDeliveries: 'webhook deliveries',
  redeliverWebhook: 'webhook redeliver',
  topUp: 'balance topup',
  adjustBalance: 'balance adjust',
  listReconciliations: 'reconciliation list',
  startReconciliation: 'reconciliation create',
  getReconciliation: 'reconciliation show',
  listFindings: 'finding list',
  resolveFinding: 'finding resolve',
  listAuditCheckpoints: 'audit checkpoints',
  rotateStartHookSecret: 'policy rotate',
}
const VERBS: Record<string, string[]> = {
  create: ['create'],
  list: ['list'],
  get: ['show'],
  update: ['update'],
  delete: ['delete', 'revoke'],
}

function commandOf(operation: string): string | undefined {
  const [, verb = '', name = ''] = /^(create|list|get|update|delete)([A-Z]\w*?)s?$/.exec(operation) ?? []
  const noun = SAME[name]
  return OTHERS[operation] ?? VERBS[verb]?.map((each) => `${noun} ${each}`).find((each) => COMMANDS.has(each))
}

describe('the command line', () => {
  it('does everything that the API does for an administrator', async () => {
    const { body } = await own.request('GET', '/openapi.json')
    type Operation = { operationId: string; 'x-required-scope'?: string }
    const operations = Object.values(body.paths as Record<string, Record<string, Operation>>)
      .flatMap((methods) => Object.values(methods))
      .filter((operation) => operation['x-required-scope'] === 'admin')
      .map(({ operationId }) => operationId)
    expect(operations.length).toBeGreaterThan(50)
    expect(operations.filter((operation) => !COMMANDS.has(commandOf(operation) ?? ''))).toEqual([])
  })

  it('connects an account, routes phones to it, and never shows its credentials', async () => {
    const account = await newAccount('one')
    expect(account).toMatchObject({ name: 'one', provider: 'telefon-ip', check: { ok: false } })
    expect(await ask('account', 'update', account.id, '--name', 'two')).toMatchObject({ name: 'two' })
    const route = await ask('route', 'create', '--prefix', '+79', '--accounts', account.id)
    expect(route).toMatchObject({ prefix: '+79', channel: 'flash_call', accounts: [account.id] })
    expect((await own.request('GET', `/v1/routes/${route.id}`)).body).toEqual(route)
    expect(await ask('route', 'update', route.id, '--prefix', '+7924')).toMatchObject({ prefix: '+7924' })
    expect(idsOf(await ask('route', 'list'))[0]).toBe(route.id)
    expect(await ask('account', 'health', account.id)).toMatchObject({ id: account.id, stopped: null })
    const used = await run(['account', 'delete', account.id])
    expect([used.code, used.stdout]).toEqual([1, ''])
    const checked = await run(['account', 'check', account.id])
    expect([checked.code, JSON.parse(checked.stdout)]).toMatchObject([
      1,
      { ok: false, reason: 'unreachable' },
    ])
    const shown = await run(['account', 'show', account.id])
    expect(shown.stdout).toContain('"two"')
    expect(shown.stdout + checked.stdout + checked.stderr).not.toContain(TOKEN)
    expect(await ask('route', 'delete', route.id)).toEqual({ id: route.id, deleted: true })
    expect(await ask('account', 'delete', account.id)).toEqual({ id: account.id, deleted: true })
  })

  it('keeps prices, costs and balances', async () => {
    const price = await ask(
      ...['price', 'create', '--prefix', '+7', '--per', 'delivered', '--amount', '0.35', '--currency', 'RUB'],
    )
    expect(price).toMatchObject({ per: 'delivered', amount: '0.350000', list: 'own' })
    expect(await ask('price', 'update', price.id, '--amount', '0.4')).toMatchObject({ amount: '0.400000' })
    expect(idsOf(await ask('price', 'list'))).toContain(price.id)
    const account = await newAccount('costs')
    const cost = await ask(
      ...['cost', 'create', '--account', account.id, '--prefix', '+7', '--per', 'attempt'],
      ...['--amount', '0.2', '--currency', 'RUB'],
    )
    expect(await ask('cost', 'show', cost.id)).toEqual(cost)
    expect(await ask('cost', 'delete', cost.id)).toEqual({ id: cost.id, deleted: true })
    const before = await ask('balance', 'show')
    await ask('balance', 'topup', '--amount', '10', '--currency', 'RUB', '--reference', 'invoice 1')
    const adjusted = await ask(
      ...['balance', 'adjust', '--direction', 'debit', '--amount', '1.5', '--currency', 'RUB'],
      ...['--reason', 'test'],
    )
    expect(Number(adjusted.balance.balance.amount)).toBe(Number(before.balance.amount) + 8.5)
    expect(await ask('balance', 'show')).toEqual(adjusted.balance)
  })

  it('trusts, blocks and erases phones', async () => {
    const set = await ask('phone', 'set', PHONE, '--standing', 'blocked', '--reason', 'asked to')
    expect(set).toMatchObject({ phone: PHONE, standing: 'blocked', reason: 'asked to', until: null })
    expect(await ask('phone', 'show', PHONE)).toEqual(set)
    expect(await ask('phone', 'list')).toEqual([set])
    expect(await ask('phone', 'erase', PHONE)).toMatchObject({ status: 'done', verifications: 0 })
    const erased = await ask('phone', 'erase', PHONE, '--test')
    expect(erased).toMatchObject({ status: 'done', livemode: false })
    expect(idsOf(await ask('erasure', 'list', '--test'))).toEqual([erased.id])
    expect(await ask('erasure', 'show', erased.id, '--test')).toEqual(erased)
    expect(await ask('phone', 'list')).toEqual([])
  })

  it('writes texts, and tries them first', async () => {
    const sms = JSON.stringify({ en: '{code}: {app}' })
    const tried = await ask('texts', 'preview', '--app', 'Acme', '--sms', sms)
    expect(tried).toMatchObject({ app: 'Acme' })
    expect(await ask('texts', 'show')).toMatchObject({ app: null })
    expect(await ask('texts', 'set', '--app', 'Acme', '--sms', sms)).toEqual(tried)
    expect(await ask('texts', 'set', '--app', 'null', '--sms', 'null')).toMatchObject({ app: null })
  })

  it('keeps webhook endpoints, live and test apart', async () => {
    const types = 'verification.approved,verification.failed'
    const created = await ask('webhook', 'create', '--url', 'http://127.0.0.1:1/', '--event-types', types)
    expect(created).toMatchObject({ livemode: true, event_types: types.split(',') })
    expect(await ask('webhook', 'list', '--test')).toEqual([])
    const changed = await ask('webhook', 'update', created.id, '--event-types', 'null', '--description', 'a')
    expect(changed).toMatchObject({ event_types: null, description: 'a' })
    const rotated = await ask('webhook', 'rotate', created.id, '--overlap-seconds', '60')
    expect(rotated.secret).not.toBe(created.secret)
    const sent = await ask('webhook', 'test', created.id)
    expect(idsOf(await ask('webhook', 'deliveries', created.id))).toEqual([sent.id])
    expect(await ask('webhook', 'update', created.id, '--enabled', 'false')).toMatchObject({ enabled: false })
    const shown = await run(['webhook', 'show', created.id])
    expect(shown.stdout).not.toContain(rotated.secret)
    expect((await run(['webhook', 'redeliver', sent.id])).code).toBe(1)
    expect(await ask('webhook', 'delete', created.id)).toEqual({ id: created.id, deleted: true })
  })

  it('opens and closes doors', async () => {
    const door = await ask('door', 'create', '--facade', 'telefon-ip', '--name', 'old client')
    expect(door).toMatchObject({ facade: 'telefon-ip', token: expect.any(String) })
    const { token: _, ...view } = door
    expect(await ask('door', 'list')).toEqual([view])
    expect(await ask('door', 'revoke', door.id)).toEqual({ id: door.id, revoked: true })
    expect(await ask('door', 'list')).toEqual([])
  })

  it('shows, changes and deletes tenants, simulates policies, and reads reconciliations', async () => {
    const { id } = await ask('tenant', 'create', '--name', 'customer')
    const days = await ask('tenant', 'update', id, '--retention-days', '30', '--default-region', 'RU')
    expect(days).toMatchObject({ retention_days: 30, default_region: 'RU' })
    expect(await ask('tenant', 'show', id)).toEqual(days)
    expect(await ask('tenant', 'delete', id)).toEqual({ id, deleted: true })
    const simulated = await ask('policy', 'simulate', 'starts_per_phone_day=1', '--days', '1')
    expect(simulated).toMatchObject({ days: 1, starts: 0 })
    const account = await newAccount('reconciled')
    expect((await run(['reconciliation', 'create', '--account', account.id])).code).toBe(1)
    const [failed] = await ask('reconciliation', 'list', '--account', account.id)
    expect(failed).toMatchObject({ account: account.id, status: 'failed' })
    expect(await ask('reconciliation', 'show', failed.id)).toEqual(failed)
    expect(await ask('finding', 'list', '--state', 'open')).toEqual([])
    expect(await ask('audit', 'checkpoints')).toEqual(
      (await own.request('GET', '/v1/audit/checkpoints')).body.data,
    )
  })

  it('reports a wrong field by its option, and changes nothing', async () => {
    const cases: [string[], number, RegExp][] = [
      [['route', 'create', '--prefix', '79', '--accounts', 'x'], 2, /^--prefix: /],
      [
        ['account', 'create', '--provider', 'nobody', '--name', 'a', '--credentials', '{}'],
        2,
        /^--provider: /,
      ],
      [['account', 'create', '--name', 'a', '--credentials', '@/nowhere'], 2, /^@\/nowhere: cannot be read/],
      [['phone', 'set', PHONE], 2, /^--standing: is required\n$/],
      [['phone', 'set', 'x', '--standing', 'blocked'], 2, /^phone: /],
      [['webhook', 'create', '--url', 'http://x', '--enabled', 'maybe'], 2, /^--enabled: /],
      [['webhook', 'show', 'whe_x'], 1, /not found/],
      [['balance', 'topup', '--amount', '-1', '--currency', 'RUB'], 2, /--amount/],
    ]
    for (const [args, code, says] of cases) {
      const ran = await run(args)
      expect([args, ran.code, ran.stdout]).toEqual([args, code, ''])
      expect(ran.stderr).toMatch(says)
    }
  })

  it('prints tables on a terminal, without control characters, and JSON elsewhere', async () => {
    const tenant = await ask('tenant', 'create', '--name', 'red\u001b[31m\u0007 tenant')
    const listed = await run(['tenant', 'list'], { onTerminal: true })
    const [head = '', first = ''] = listed.stdout.split('\n')
    expect(head).toMatch(/^id {2,}name {2,}is_first /)
    expect(first.startsWith(`${tenant.id}  red  tenant  false`), first).toBe(true)
    expect(first.indexOf('red')).toBe(head.indexOf('name'))
    const shown = await run(['tenant', 'show', tenant.id], { onTerminal: true })
    expect(shown.stdout).toMatch(/^name +red {2}tenant$/m)
    expect((await run(['door', 'list'], { onTerminal: true })).stdout).toBe('None.\n')
    const json = await run(['tenant', 'show', tenant.id, '--json'], { onTerminal: true })
    expect(JSON.parse(json.stdout)).toEqual(tenant)
    const balance = await run(['balance', 'show'], { onTerminal: true })
    expect(balance.stdout).toMatch(/^credit_limit +0\.000000 RUB$/m)
  })
})
