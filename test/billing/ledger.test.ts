import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportBillingMetrics } from '../../src/billing/metrics.ts'
import { checkLedgerNightly } from '../../src/billing/nightly-check.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { registry } from '../../src/process/metrics.ts'
import { newId } from '../../src/values/ids.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, uuidOf } from '../verifications/support.ts'
import { fund, liveRoute, liveTenant, runToTheEnd, setPrice } from './support.ts'

const run = promisify(execFile)

const CALL = ['verification_id', 'attempt_id']
const MOVES = {
  reserve: { from_account: `'funds'`, to_account: `'reserved'` },
  capture: { from_account: `'reserved'`, to_account: `'revenue'` },
  release: { from_account: `'reserved'`, to_account: `'funds'` },
  cost: { from_account: `'operator_cost'`, to_account: `'operator_payable'`, tenant_id: 'null' },
}

describe('the ledger', () => {
  let test: TestApp
  let client: ClientContext
  beforeAll(async () => {
    test = await startTestApp({}, { shortCalls: true })
    await liveRoute(test, await liveTenant(test, 'installation'))
    client = await liveTenant(test)
    await setPrice(client, 350_000n)
    await fund(client, 1_000_000n)
    const { id } = await begin(client)
    await runToTheEnd(test, id)
  })
  afterAll(() => test.stop())

  const { unsafe } = { unsafe: (text: string, values?: unknown[]) => test.app.db.sql.unsafe(text, values) }

  it.each([
    'update ledger_transactions set amount_micros = amount_micros + 1',
    'delete from ledger_transactions',
    'truncate ledger_transactions',
  ])('refuses "%s"', async (statement) => {
    await expect(unsafe(statement)).rejects.toMatchObject({ code: '23001' })
  })

  const insert = (changes: Record<string, string>) => {
    const columns = { id: `'${newId()}'::uuid`, actor: `'test'`, at: 'now()' }
    const copied = [
      'kind',
      'owner_id',
      'tenant_id',
      'from_account',
      'to_account',
      'currency',
      'amount_micros',
    ]
    const all = {
      ...columns,
      ...Object.fromEntries([...copied, ...CALL].map((name) => [name, name])),
      ...changes,
    }
    return unsafe(`insert into ledger_transactions (${Object.keys(all)}) select ${Object.values(all)}
      from ledger_transactions where kind = 'capture' limit 1`)
  }

  it.each<Record<string, string>>([
    { amount_micros: '0' },
    { amount_micros: '-1' },
    { to_account: 'from_account' },
    { to_account: `'funds'` },
    { to_account: `'elsewhere'` },
    { currency: `'rub'` },
    { attempt_id: 'null' },
    { verification_id: 'null' },
    { tenant_id: 'null' },
    { tenant_id: 'gen_random_uuid()' },
    { kind: `'topup'`, from_account: `'top_ups'`, to_account: `'funds'` },
  ])('refuses a movement with %j', async (changes) => {
    const another = { verification_id: 'gen_random_uuid()', attempt_id: 'gen_random_uuid()' }
    await expect(insert({ ...another, ...changes })).rejects.toMatchObject({ code: '23514' })
  })

  it.each(Object.entries(MOVES))('refuses a second %s of a charged call', async (kind, accounts) => {
    await expect(insert({ kind: `'${kind}'`, ...accounts })).rejects.toMatchObject({ code: '23505' })
  })

  it('refuses a second adjustment of a finding', async () => {
    const adjustment = {
      kind: `'adjustment'`,
      from_account: `'operator_cost'`,
      to_account: `'operator_payable'`,
      reason: `'test'`,
      finding_id: `'${newId()}'::uuid`,
      tenant_id: 'null',
      verification_id: 'null',
      attempt_id: 'null',
    }
    await insert(adjustment)
    await expect(insert(adjustment)).rejects.toMatchObject({ code: '23505' })
  })

  it.each([
    ['price_micros = price_micros + 1', 'price 350001'],
    [`price_currency = 'EUR'`, 'price 350000 EUR'],
    [`charge = 'released'`, 'the call is released and has reserve and capture'],
  ])('is checked against the price of each call: %s', async (changed, told) => {
    const [kept] = await unsafe('select price_micros, price_currency, charge from attempts')
    await unsafe(`update attempts set ${changed}`)
    expect(await verifyLedger(test.app.db)).toMatchObject([
      { check: 'call and ledger differ', detail: expect.stringContaining(told) },
    ])
    await unsafe('update attempts set price_micros = $1, price_currency = $2, charge = $3', [
      kept?.priceMicros,
      kept?.priceCurrency,
      kept?.charge,
    ])
    expect(await verifyLedger(test.app.db)).toEqual([])
  })

  it('is checked for movements of calls that do not exist', async () => {
    const [kept] = await unsafe('select id from attempts')
    const other = newId()
    const rename = (to: string) => unsafe('update attempts set id = $1', [to])
    await rename(other)
    const found = (await verifyLedger(test.app.db)).map(({ check, subject }) => `${check}: ${subject}`)
    await rename(kept?.id)
    const checks = ['call and ledger differ', 'cost of a call and ledger differ']
    const all = checks.flatMap((check) => [`${check}: ${kept?.id}`, `${check}: ${other}`])
    expect(found.sort()).toEqual(all.sort())
    expect(await verifyLedger(test.app.db)).toEqual([])
  })

  it.each([
    ['cost_micros = cost_micros + 1', 'the call cost 200001 RUB and the ledger has 200000 RUB'],
    [`cost_currency = 'EUR'`, 'the call cost 200000 EUR and the ledger has 200000 RUB'],
    ['cost_micros = null', 'the call cost 0 RUB and the ledger has 200000 RUB'],
  ])('is checked against the cost of each call: %s', async (changed, told) => {
    const [kept] = await unsafe('select id, cost_micros, cost_currency from attempts')
    await unsafe(`update attempts set ${changed}`)
    expect(await verifyLedger(test.app.db)).toEqual([
      {
        check: 'cost of a call and ledger differ',
        subject: kept?.id,
        detail: expect.stringContaining(told),
      },
    ])
    await unsafe('update attempts set cost_micros = $1, cost_currency = $2', [
      kept?.costMicros,
      kept?.costCurrency,
    ])
    expect(await verifyLedger(test.app.db)).toEqual([])
  })

  it('is checked for unposted costs', async () => {
    const { id } = await begin(await liveTenant(test))
    await unsafe(
      `update attempts set cost_micros = 1, cost_currency = 'RUB' where verification_id = '${uuidOf(id)}'`,
    )
    expect(await verifyLedger(test.app.db)).toMatchObject([{ check: 'cost of a call and ledger differ' }])
    await unsafe(
      `update attempts set cost_micros = null, cost_currency = null where verification_id = '${uuidOf(id)}'`,
    )
  })

  it('is checked once a night, with problems in log, event and metric', async () => {
    exportBillingMetrics(test.app.db)
    await checkLedgerNightly(test.worker)
    expect(await registry.metrics()).toMatch(/^ringproof_ledger_problems 0$/m)
    await unsafe(`update ledger_balances set balance_micros = balance_micros + 1 where account = 'funds'`)
    await checkLedgerNightly(test.worker)
    expect(await registry.metrics()).toMatch(/^ringproof_ledger_problems 0$/m)
    await unsafe(`update ledger_checks set day = day - 1`)
    await checkLedgerNightly(test.worker)
    expect(await registry.metrics()).toMatch(/^ringproof_ledger_problems [1-9]$/m)
    const events = await unsafe(`select data from audit_log where type = 'ledger.broken'`)
    expect(events).toHaveLength(1)
    const command = ['src/admin/main.ts', 'ledger', 'verify']
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: test.database.url,
      SECRET_KEY: test.app.config.SECRET_KEY?.toString('base64'),
    }
    const told = await run(process.execPath, command, { env }).catch((error: unknown) => error)
    expect(told).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('balance differs from entries: funds'),
    })
    await unsafe(`update ledger_balances set balance_micros = balance_micros - 1 where account = 'funds'`)
    expect((await run(process.execPath, command, { env })).stdout).toContain('balanced')
  })
})
