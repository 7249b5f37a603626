import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCost } from '../../src/billing/prices/costs.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { listFindings } from '../../src/reconciliation/findings.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import type { FindingView } from '../../src/reconciliation/schemas.ts'
import type { DialledCall } from '../../src/sandbox/calls.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { toAmount } from '../../src/values/money.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, newPhone, tally } from '../verifications/support.ts'
import { fund, liveRoute, liveTenant, type Operator, runToTheEnd, setPrice } from './support.ts'

/** Verifications per run; 10,000 with `npm run faults`. */
const CALLS = Number(process.env.BILLING_CALLS ?? 60)
/** Comparisons, spread over the run like hourly ones: the simulators keep calls for an hour. */
const SHARES = Math.ceil(CALLS / 500)
const AT_ONCE = 30
const INJECTED = 3

const FAULTS: FaultMode[] = [
  'http_500',
  'http_500_after_call',
  'reset_before',
  'reset_after_call',
  'slow_after_call',
  'garbage_after_call',
  'refuse',
  'unreachable',
  'silent_drop',
]

let test: TestApp
let admin: ClientContext
let client: ClientContext
let telefonIp: Operator
let newTel: Operator
beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  admin = await liveTenant(test, 'admin')
  ;[telefonIp, newTel] = (await liveRoute(test, admin)) as [Operator, Operator]
  // Breakers would prevent most faults.
  await test.app.db
    .sql`update provider_accounts set settings = settings || '{"breaker": false, "reorder": false}'`
  const cost = { prefix: '+', channel: 'flash_call' as const, per: 'delivered' as const, currency: 'RUB' }
  await createCost(admin, { ...cost, account: newTel.id, amount: 200_000n })
  client = await liveTenant(test)
  await fund(client, 350_000n * 10n * BigInt(CALLS))
  await setPrice(client, 350_000n, 'delivered')
  test.app.caches.clear('accounts')
})
afterAll(() => test.stop())

/** The new findings in calls since a moment. */
async function reconcile({ id }: Operator, from: Date): Promise<FindingView[]> {
  const run = await startRun(admin, { account: id, from, to: new Date(Date.now() + 1000) })
  expect(run.error).toBe(null)
  return run.findings
}

const dialledBy = ({ namespace }: Operator) => test.sandbox.calls.list(namespace)

it('the simulators’ ledgers and ours agree after faults, and every injected difference is found', {
  timeout: 120_000 + CALLS * 1000,
}, async () => {
  let from = new Date()
  for (let share = 0, done = 0; share < SHARES; share++) {
    from = new Date()
    const until = Math.round((CALLS * (share + 1)) / SHARES)
    const lane = async () => {
      while (done < until) await callOnce(done++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    // New-Tel holds calls that failed at telefon-ip; neither holds an unreported difference.
    for (const operator of [telefonIp, newTel]) await reconcile(operator, from)
    expect((await listFindings(admin, { state: 'open', limit: 20 })).data).toEqual([])
    if (SHARES > 1) console.log(`simulators: ${done} of ${CALLS} verifications compared`)
  }
  expect(await verifyLedger(test.app.db)).toEqual([])
  for (const operator of [telefonIp, newTel]) {
    const [row] = await test.app.db.sql<{ sum: bigint }[]>`
      select coalesce(sum(balance_micros), 0)::bigint as sum from ledger_balances
      where owner_id = ${operator.uuid} and account = 'operator_payable'`
    const { spent } = test.sandbox.calls.money(operator.namespace, operator.provider)
    expect(toAmount(row?.sum ?? 0n)).toBe(spent.toFixed(6))
    console.log(`simulators: ${operator.provider} charged ${spent}, and so says the ledger`)
  }

  const settled = dialledBy(telefonIp).filter(({ course }) => course.end === 'no_answer')
  const take = () => settled.pop() as DialledCall
  for (let i = 0; i < INJECTED; i++) {
    const { namespace, operator, phone, code, course: other } = take()
    const course = { ...other, ringsAfterMs: 0, endsAfterMs: 0, reportedAfterMs: 0 }
    test.sandbox.calls.dial({ namespace, operator, channel: 'flash_call', phone, code, course })
    test.sandbox.calls.dial({ namespace, operator, channel: 'flash_call', phone: newPhone(), code, course })
    const changed = take()
    changed.course = { ...changed.course, end: 'unreachable' }
    Object.assign(take(), { at: 0 })
  }
  const found = await reconcile(telefonIp, from)
  expect(tally(found.map(({ kind }) => kind))).toEqual({
    charged_unknown: 2 * INJECTED,
    not_charged: INJECTED,
    price_differs: INJECTED,
    status_differs: INJECTED,
  })
  expect(await reconcile(telefonIp, from)).toEqual([])
  expect(await verifyLedger(test.app.db)).toEqual([])
})

/** One verification; for half of them an operator fails in some way. */
async function callOnce(index: number): Promise<void> {
  const mode = FAULTS[index % (2 * FAULTS.length)]
  const phone = newPhone()
  if (mode) {
    const fault = { operator: 'telefon-ip', mode, prefix: phone, count: 1 } as const
    expect(test.sandbox.faults.add(telefonIp.namespace, fault)).toBe(true)
  }
  const { id } = await begin(client, { phone })
  await runToTheEnd(test, id, 100)
}
