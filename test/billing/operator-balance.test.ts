import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCost } from '../../src/billing/prices/costs.ts'
import type { ClientContext } from '../../src/context.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import type { FindingView } from '../../src/reconciliation/schemas.ts'
import type { Course } from '../../src/sandbox/courses.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, newPhone } from '../verifications/support.ts'
import { liveRoute, liveTenant, type Operator, runToTheEnd } from './support.ts'

let test: TestApp
let admin: ClientContext
let newTel: Operator
beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  admin = await liveTenant(test, 'admin')
  ;[newTel] = (await liveRoute(test, admin, ['new-tel'])) as [Operator]
  const cost = { prefix: '+', channel: 'flash_call' as const, per: 'delivered' as const, currency: 'RUB' }
  await createCost(admin, { ...cost, account: newTel.id, amount: 200_000n })
  await waitFor(async () => (await test.app.costLists()).of(newTel.uuid, CALL, new Date()) !== null)
})
afterAll(() => test.stop())

const CALL = { phone: '+79241112233', channel: 'flash_call' }

async function reconcile(): Promise<FindingView[]> {
  const run = await startRun(admin, { account: newTel.id, to: new Date(Date.now() + 1000) })
  expect(run).toMatchObject({ status: 'done', error: null })
  return run.findings
}

async function call(phone = newPhone()): Promise<void> {
  const { id } = await begin(admin, { phone })
  await runToTheEnd(test, id)
}

/** Places a call that only the operator knows. Resolves when it has been charged. */
async function dialBehindOurBack(): Promise<void> {
  const { namespace } = newTel
  const before = test.sandbox.calls.money(namespace, 'new-tel').spent
  const course: Course = {
    end: 'no_answer',
    ringsAfterMs: 0,
    endsAfterMs: 0,
    reportedAfterMs: 0,
    rewritten: false,
  }
  const dialled: Parameters<typeof test.sandbox.calls.dial>[0] = {
    namespace,
    operator: 'new-tel',
    channel: 'flash_call',
    phone: newPhone(),
    code: '47110',
    course,
  }
  test.sandbox.calls.dial(dialled)
  await waitFor(() => test.sandbox.calls.money(namespace, 'new-tel').spent > before)
}

it('a fall of an operator’s balance by our calls’ cost is no finding; the first look compares nothing', async () => {
  await dialBehindOurBack()
  expect((await reconcile()).filter(({ kind }) => kind === 'balance_differs')).toEqual([])
  await call()
  await call('+79000000003')
  expect(await reconcile()).toEqual([])
})

it('a larger fall is one finding, with both sides and the difference', async () => {
  await reconcile()
  await call()
  await dialBehindOurBack()
  const found = await reconcile()
  expect(found.map(({ kind }) => kind).sort()).toEqual(['balance_differs', 'charged_unknown'])
  expect(found.find(({ kind }) => kind === 'balance_differs')).toMatchObject({
    state: 'open',
    attempt: null,
    ours: { cost: '0.200000', currency: 'RUB' },
    theirs: { cost: '0.400000', currency: 'RUB' },
    difference: { amount: '0.200000', currency: 'RUB' },
  })
  expect(await reconcile()).toEqual([])
})

it('an already charged call in flight is no finding, and neither is a top-up at the operator', async () => {
  await reconcile()
  const { id } = await begin(admin)
  const [attempt] = await test.app.db.sql`
    update attempts set status = 'placing', account_id = ${newTel.uuid}, placing_at = now()
    where verification_id = (select id from verifications order by id desc limit 1) returning id`
  expect(attempt).toBeDefined()
  await test.app.db.sql`update due_attempts set account_id = ${newTel.uuid} where attempt_id = ${attempt?.id}`
  await dialBehindOurBack()
  expect((await reconcile()).map(({ kind }) => kind)).toEqual(['charged_unknown'])
  await test.app.db
    .sql`update attempts set status = 'queued', account_id = null, placing_at = null where id = ${attempt?.id}`
  await test.app.db.sql`update due_attempts set account_id = null where attempt_id = ${attempt?.id}`
  await runToTheEnd(test, id)
  await test.app.db.sql`update reconciliation_runs set balance_micros = balance_micros - 1000000000`
  expect(await reconcile()).toEqual([])
})
