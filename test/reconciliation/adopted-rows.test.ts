import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext } from '../../src/context.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import { operatorOf } from '../../src/routing/operator.ts'
import type { DialledCall } from '../../src/sandbox/calls.ts'
import { newId } from '../../src/values/ids.ts'
import { liveRoute, liveTenant, type Operator } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, endLifetime, placeCalls, stored, uuidOf } from '../verifications/support.ts'

describe('an operator’s record is that of one call', () => {
  let test: TestApp
  let admin: ClientContext
  let client: ClientContext
  let operator: Operator
  beforeAll(async () => {
    test = await startTestApp()
    admin = await liveTenant(test, 'admin')
    const [first] = await liveRoute(test, admin, ['telefon-ip'])
    operator = first as Operator
    client = await liveTenant(test)
  })
  afterAll(() => test.stop())

  /** A call that the operator placed; we know nothing more. */
  async function unknown(
    reportedAfterMs: number,
    { isLive = false } = {},
  ): Promise<{ id: string; dialled: DialledCall }> {
    const { id, phone } = await begin(client)
    await placeCalls(test, id)
    const dialled = test.sandbox.calls.list(operator.namespace, phone).at(-1) as DialledCall
    dialled.course = { ...dialled.course, endsAfterMs: 0, reportedAfterMs }
    const { sql } = test.app.db
    await sql`
      update attempts set status = 'unknown', assumed = true, ended_at = now(), placed_at = null,
        unclear_at = now() + interval '3 s', operator_call_id = null, code_hash = null
      where verification_id = ${uuidOf(id)}`
    if (!isLive) await endLifetime(test, id)
    await sweep(test.worker)
    return { id, dialled }
  }

  const reconcile = () => startRun(admin, { account: operator.id, to: new Date(Date.now() + 10_000) })
  const callOf = async (id: string) => (await stored(test, id)).calls[0]

  it('one that another call has adopted settles no second, and holds up no other call', async () => {
    const [taken, free] = [await unknown(0), await unknown(0)]
    const routed = await test.worker.routing.account(operator.uuid)
    if (!routed) throw new Error('the account is gone')
    const [from, to] = [-60_000, 60_000].map((ms) => new Date(Date.now() + ms)) as [Date, Date]
    const { phone } = taken.dialled
    const { rows } = await operatorOf(test.worker, routed).records({ from, to, phone })
    const row = rows.find((each) => each.phone === phone)?.row
    await test.app.db.sql`
      insert into adopted_rows (account_id, operator_row, attempt_id)
      values (${operator.uuid}, ${row}, ${newId()})`
    const run = await reconcile()
    expect(run).toMatchObject({ status: 'done', error: null })
    expect(run.findings.map(({ verification }) => verification)).toEqual([free.id])
    expect(await callOf(taken.id)).toMatchObject({ status: 'unknown', operatorRow: null })
    expect(await callOf(free.id)).toMatchObject({ status: 'no_answer' })
  })

  it('one that the operator names differently, back and forth, stays the record of its call', async () => {
    const { id, dialled } = await unknown(Number.POSITIVE_INFINITY)
    const names: (string | null | undefined)[] = []
    for (const shiftMs of [0, 1000, -1000]) {
      Object.assign(dialled, { at: dialled.at + shiftMs })
      expect(await reconcile()).toMatchObject({ status: 'done', error: null })
      const call = await callOf(id)
      names.push(call?.operatorRow)
      const kept = await test.app.db.sql<{ operatorRow: string }[]>`
        select operator_row from adopted_rows where attempt_id = ${call?.id}`
      expect(kept.map((row) => row.operatorRow)).toEqual([call?.operatorRow])
    }
    expect(names).toEqual([names[0], expect.not.stringMatching(names[0] ?? ''), names[0]])
  })

  it('closes an unknown call once its verification has ended, and is a finding then', async () => {
    const { id } = await unknown(0, { isLive: true })
    const findingsOf = async () =>
      (await reconcile()).findings.filter(({ verification }) => verification === id)
    expect(await findingsOf()).toEqual([])
    expect(await callOf(id)).toMatchObject({ status: 'unknown', operatorRow: null })
    await endLifetime(test, id)
    await sweep(test.worker)
    expect(await findingsOf()).toMatchObject([{ kind: 'status_differs', state: 'explained' }])
    expect(await callOf(id)).toMatchObject({ status: 'no_answer' })
  })
})
