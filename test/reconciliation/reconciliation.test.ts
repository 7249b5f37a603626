import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releaseStale } from '../../src/billing/release-stale.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { listFindings, resolveFinding } from '../../src/reconciliation/findings.ts'
import { reconcileDue } from '../../src/reconciliation/hourly.ts'
import { getRun, listRuns, startRun } from '../../src/reconciliation/runs.ts'
import type { FindingView } from '../../src/reconciliation/schemas.ts'
import type { DialledCall } from '../../src/sandbox/calls.ts'
import {
  fund,
  liveRoute,
  liveTenant,
  money,
  type Operator,
  runToTheEnd,
  setPrice,
} from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, newPhone, outcome, placeCalls, refusal, stored, uuidOf } from '../verifications/support.ts'

describe('the operator’s records', () => {
  let test: TestApp
  let admin: ClientContext
  let client: ClientContext
  let telefonIp: Operator
  beforeAll(async () => {
    test = await startTestApp({}, { shortCalls: true })
    admin = await liveTenant(test, 'admin')
    const [first] = await liveRoute(test, admin, ['telefon-ip'])
    telefonIp = first as Operator
    client = await liveTenant(test)
    await fund(client, 100_000_000n)
    await setPrice(client, 350_000n, 'delivered')
  })
  afterAll(async () => {
    expect(await verifyLedger(test.app.db)).toEqual([])
    await test.stop()
  })

  async function called(phone = newPhone()): Promise<{ id: string; phone: string; dialled: DialledCall }> {
    const { id } = await begin(client, { phone })
    await runToTheEnd(test, id)
    const dialled = test.sandbox.calls.list(telefonIp.namespace, phone).at(-1)
    return { id, phone, dialled: dialled as DialledCall }
  }

  async function reconcile(): Promise<FindingView[]> {
    const run = await startRun(admin, { account: telefonIp.id, to: new Date(Date.now() + 1000) })
    expect(run).toMatchObject({ status: 'done', error: null })
    return run.findings
  }

  const dial = (phone: string, operator: 'telefon-ip' = 'telefon-ip') =>
    test.sandbox.calls.dial({
      namespace: telefonIp.namespace,
      operator,
      channel: 'flash_call',
      phone,
      code: '4711',
      course: { end: 'no_answer', ringsAfterMs: 0, endsAfterMs: 0, reportedAfterMs: 0, rewritten: false },
    })

  it('agree with ours: no finding', async () => {
    for (const phone of [newPhone(), '+79000000001', '+79000000003', '+79000000006']) await called(phone)
    expect(await reconcile()).toEqual([])
    const { data } = await listRuns(admin, { limit: 1 })
    expect(data[0]).toMatchObject({ account: telefonIp.id, records: 4, attempts: 4, findings_count: 0 })
  })

  it('hold an unknown call: one finding, explained, and posted once', async () => {
    const phone = newPhone()
    dial(phone)
    const [found, ...more] = await reconcile()
    expect(more).toEqual([])
    expect(found).toMatchObject({
      kind: 'charged_unknown',
      phone,
      state: 'open',
      attempt: null,
      theirs: { status: 'no_answer', cost: '0.200000', currency: 'RUB' },
      difference: { amount: '0.200000', currency: 'RUB' },
      postable: true,
    })
    expect(await reconcile()).toEqual([])
    const { id } = found as FindingView
    const changes = {
      state: 'explained' as const,
      note: 'a test call from the operator’s cabinet',
      adjustment: true,
    }
    const resolved = await resolveFinding(admin, { id, changes })
    expect(resolved).toMatchObject({
      state: 'explained',
      postable: false,
      adjustment: expect.stringMatching(/^led_/),
    })
    expect(await outcome(resolveFinding(admin, { id, changes }))).toBe('conflict')
    const open = await listFindings(admin, { state: 'open', limit: 100 })
    expect(open.data.map((finding) => finding.id)).not.toContain(id)
  })

  it('do not count towards another span’s balance: the call is found in its own span', async () => {
    await reconcile()
    dial(newPhone())
    const [from, to] = [new Date('2026-05-01T00:00:00Z'), new Date('2026-05-02T00:00:00Z')]
    expect((await startRun(admin, { account: telefonIp.id, from, to })).findings).toEqual([])
    expect(await reconcile()).toMatchObject([{ kind: 'charged_unknown' }])
  })

  it('hold a call twice: the second is a finding', async () => {
    const { phone } = await called()
    const { code, course } = test.sandbox.calls.list(telefonIp.namespace, phone).at(-1) as DialledCall
    const { namespace } = telefonIp
    const again = { namespace, operator: 'telefon-ip', channel: 'flash_call', phone, code, course } as const
    test.sandbox.calls.dial(again)
    expect(await reconcile()).toMatchObject([{ kind: 'charged_unknown', phone }])
  })

  it('lack a call of ours', async () => {
    const { id, dialled } = await called()
    dialled.namespace = 'gone'
    Object.assign(dialled, { at: 0 })
    const found = await reconcile()
    expect(found).toMatchObject([
      { kind: 'not_charged', verification: id, difference: { amount: '-0.200000' } },
    ])
  })

  it('change a price and an outcome after the fact', async () => {
    const { id, dialled } = await called()
    dialled.course = { ...dialled.course, end: 'unreachable' }
    const found = await reconcile()
    expect(found.map(({ kind }) => kind).sort()).toEqual(['price_differs', 'status_differs'])
    for (const finding of found) expect(finding).toMatchObject({ verification: id, state: 'open' })
    // Never a silent change.
    expect((await stored(test, id)).calls[0]).toMatchObject({ status: 'no_answer', costMicros: 200_000n })
  })

  it('change a price back and forth: each change is a finding, and the final charge is posted', async () => {
    const { id, dialled } = await called()
    const course = dialled.course
    const changeTo = async (end: 'unreachable' | 'no_answer') => {
      dialled.course = { ...course, end }
      const found = await reconcile()
      return found.filter(({ kind }) => kind === 'price_differs')
    }
    const post = (finding: FindingView | undefined) =>
      resolveFinding(admin, {
        id: finding?.id ?? '',
        changes: { state: 'explained', note: 'a new tariff', adjustment: true },
      })
    for (const [end, amount] of [
      ['unreachable', '-0.200000'],
      ['no_answer', '0.200000'],
      ['unreachable', '-0.200000'],
    ] as const) {
      const found = await changeTo(end)
      expect(found).toMatchObject([{ verification: id, difference: { amount } }])
      await post(found[0])
      expect(await changeTo(end)).toEqual([])
    }
  })

  it('differ twice for one call: only one difference is posted', async () => {
    const { dialled } = await called()
    const { at, namespace } = dialled
    Object.assign(dialled, { at: 0, namespace: 'gone' })
    const [missing] = await reconcile()
    Object.assign(dialled, { at, namespace })
    dialled.course = { ...dialled.course, end: 'unreachable' }
    const cheaper = (await reconcile()).find(({ kind }) => kind === 'price_differs')
    const changes = { state: 'explained' as const, note: 'not charged', adjustment: true }
    const resolve = (finding: FindingView | undefined) =>
      outcome(resolveFinding(admin, { id: finding?.id ?? '', changes }))
    const outcomes = await Promise.all([resolve(missing), resolve(cheaper)])
    expect(outcomes.filter((result) => result === 'conflict')).toHaveLength(1)
    const { data } = await listFindings(admin, { limit: 100 })
    const both = data.filter(({ id }) => id === missing?.id || id === cheaper?.id)
    expect(both.map(({ postable }) => postable)).toEqual([false, false])
  })

  it('switch to another currency', async () => {
    const { id } = await called()
    await test.app.db.sql`
      insert into account_states (account_id, balance_currency) values (${telefonIp.uuid}, 'USD')
      on conflict (account_id) do update set balance_currency = 'USD'`
    test.app.caches.clear('accounts')
    const found = await reconcile()
    expect(found.filter((finding) => finding.verification === id)).toMatchObject([
      { kind: 'price_differs', ours: { currency: 'RUB' }, theirs: { currency: 'USD' } },
    ])
    await test.app.db
      .sql`update account_states set balance_currency = 'RUB' where account_id = ${telefonIp.uuid}`
    test.app.caches.clear('accounts')
  })

  describe('settle a call that was unknown', () => {
    /** A call that ended as unknown, with its verification. */
    async function unknown(dialled: boolean): Promise<string> {
      const { id, phone } = await begin(client)
      await placeCalls(test, id)
      const calls = test.sandbox.calls.list(telefonIp.namespace, phone)
      for (const call of calls) {
        call.course = { ...call.course, endsAfterMs: 0, reportedAfterMs: 0 }
        if (!dialled) Object.assign(call, { namespace: 'gone', at: 0 })
      }
      await test.app.db.sql`
        update attempts set status = 'unknown', assumed = true, ended_at = now(), placed_at = null,
          unclear_at = now(), operator_call_id = null, code_hash = null
        where verification_id = ${uuidOf(id)}`
      await test.app.db.sql`
      with ended as (update verifications set status = 'failed', failure_code = 'unknown', completed_at = now() where id = ${uuidOf(id)} returning id)
      delete from live_verifications l using ended where ended.id = l.verification_id`
      return id
    }

    it('with its real end, and capture the money', async () => {
      const [before] = await money(client)
      const id = await unknown(true)
      expect((await money(client))[1]).toBe('0.350000')
      const found = await reconcile()
      expect(found).toMatchObject([
        {
          kind: 'status_differs',
          state: 'explained',
          verification: id,
          ours: { status: 'unknown' },
          postable: false,
        },
      ])
      const changes = { state: 'explained' as const, note: 'its cost is posted', adjustment: true }
      const posted = resolveFinding(admin, { id: found[0]?.id ?? '', changes })
      expect(await outcome(posted)).toBe('invalid_request')
      expect((await stored(test, id)).calls[0]).toMatchObject({
        status: 'no_answer',
        charge: 'captured',
        costMicros: 200_000n,
      })
      expect(Number(before) - Number((await money(client))[0])).toBeCloseTo(0.35, 6)
      expect(await reconcile()).toEqual([])
    })

    it('once they report its end, and not before', async () => {
      const id = await unknown(true)
      const { phone } = await stored(test, id)
      const [call] = test.sandbox.calls.list(telefonIp.namespace, phone)
      Object.assign(call ?? {}, { course: { ...call?.course, reportedAfterMs: Number.POSITIVE_INFINITY } })
      expect(await reconcile()).toEqual([])
      expect((await stored(test, id)).calls[0]).toMatchObject({ status: 'unknown', charge: 'reserved' })
      Object.assign(call ?? {}, { course: { ...call?.course, reportedAfterMs: 0 } })
      expect(await reconcile()).toMatchObject([
        { kind: 'status_differs', theirs: { status: 'no_answer', cost: '0.200000' } },
      ])
      expect((await stored(test, id)).calls[0]).toMatchObject({ status: 'no_answer', charge: 'captured' })
    })

    it('as never placed, and release the money', async () => {
      const id = await unknown(false)
      await reconcile()
      expect((await stored(test, id)).calls[0]).toMatchObject({ status: 'unknown', charge: 'released' })
      expect((await money(client))[1]).toBe('0.000000')
    })

    it('or it is released after 48 hours', async () => {
      const id = await unknown(true)
      expect(await releaseStale(test.worker)).toBe(0)
      await test.app.db.sql`
        with aged as (update attempts set ended_at = now() - interval '49 hours' where verification_id = ${uuidOf(id)} returning id)
        update due_attempts set due_at = now(), slot = 0 where attempt_id in (select id from aged)`
      expect(await releaseStale(test.worker)).toBe(1)
      expect((await stored(test, id)).calls[0]?.charge).toBe('released')
      expect(await releaseStale(test.worker)).toBe(0)
    })
  })

  it('are compared once an hour, by one of several workers', async () => {
    await Promise.all([reconcileDue(test.worker), reconcileDue(test.worker), reconcileDue(test.worker)])
    const { data } = await listRuns(admin, { limit: 100 })
    const hourly = await test.app.db.sql`select id from reconciliation_runs where slot is not null`
    expect(hourly).toHaveLength(1)
    expect(data.every((run) => run.status === 'done')).toBe(true)
  })

  it('that are unavailable leave a run that says so', async () => {
    test.sandbox.faults.add(telefonIp.namespace, { operator: 'telefon-ip', mode: 'down', prefix: '+' })
    const refused = await refusal(startRun(admin, { account: telefonIp.id }))
    test.sandbox.faults.clear(telefonIp.namespace)
    expect(refused.code).toBe('conflict')
    const run = await getRun(admin, { id: String(refused.options.extra?.reconciliation) })
    expect(run).toMatchObject({ status: 'failed', findings: [], error: expect.stringMatching(/503/) })
  })
})
