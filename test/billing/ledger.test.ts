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
    'update ledger_entries set amount_micros = amount_micros + 1',
    'delete from ledger_entries',
    'truncate ledger_entries',
    'update ledger_transactions set at = now()',
    'delete from ledger_transactions',
    'truncate ledger_transactions, ledger_entries',
  ])('refuses "%s"', async (statement) => {
    await expect(unsafe(statement)).rejects.toMatchObject({ code: '23001' })
  })

  it('refuses entries that do not sum to zero, even when added to a balanced transaction', async () => {
    const [known] = await unsafe('select id, tenant_id from ledger_transactions limit 1')
    const insert = (account: string, amount: number, more = '') =>
      unsafe(`insert into ledger_entries values ($1, 3, '${account}', $2, 'RUB', ${amount}) ${more}`, [
        known?.id,
        known?.tenantId,
      ])
    await expect(insert('funds', 1)).rejects.toMatchObject({ code: '23514' })
    await expect(insert('funds', 1, `, ($1, 4, 'reserved', $2, 'USD', -1)`)).rejects.toMatchObject({
      code: '23514',
    })
    await expect(insert('funds', 0)).rejects.toMatchObject({ code: '23514' })
    expect(await verifyLedger(test.app.db)).toEqual([])
  })

  it.each(['capture', 'release', 'reserve', 'cost'])(
    'refuses a second %s of a charged call',
    async (kind) => {
      const insert = unsafe(
        `insert into ledger_transactions (id, kind, attempt_id, tenant_id, actor, at)
       select $1, $2, attempt_id, tenant_id, 'test', now() from ledger_transactions where kind = 'capture' limit 1`,
        [newId(), kind],
      )
      await expect(insert).rejects.toMatchObject({ code: '23505' })
    },
  )

  it('is checked against the price of each call', async () => {
    await unsafe('update attempts set price_micros = price_micros + 1')
    expect(await verifyLedger(test.app.db)).toMatchObject([
      { check: 'call and ledger differ', detail: expect.stringContaining('price 350001') },
    ])
    await unsafe('update attempts set price_micros = price_micros - 1')
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
