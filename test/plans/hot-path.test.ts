import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { exportCallMetrics } from '../../src/calls/metrics.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { claimKey } from '../../src/idempotency/claim.ts'
import { forgetIdempotencyKeys } from '../../src/idempotency/forget.ts'
import { createLeases } from '../../src/idempotency/lease.ts'
import { remember } from '../../src/idempotency/remember.ts'
import { settleKey } from '../../src/idempotency/settle.ts'
import { reportEnds } from '../../src/limits/guard.ts'
import { forgetCounters } from '../../src/limits/manage.ts'
import { registry } from '../../src/process/metrics.ts'
import { accountHealth } from '../../src/routing/health.ts'
import { exportRoutingMetrics } from '../../src/routing/metrics.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { confirmByPhone } from '../../src/verifications/confirm-by-phone.ts'
import { moveOn, next } from '../../src/verifications/next.ts'
import { get, list } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { ListQuery } from '../../src/verifications/schemas.ts'
import { ends } from '../security/ends.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, letPauseEnd, newPhone, outcome, uuidOf } from '../verifications/support.ts'
import { fill, GROWING } from './crowd.ts'
import { type Explained, listen } from './explained.ts'
import { openStage, type Stage } from './stage.ts'

const heard = listen()
const flash = { channel: 'flash_call', wait_seconds: 300 } as const

/** The ORM's statements have no name: PostgreSQL plans them for their parameters each time. */
const isOfTheOrm = (statement: string) => statement.includes(' from "')

describe.each([
  ['for the parameters at hand', false],
  ['for any parameters', true],
])('planned %s, no growing table is scanned in full', (_, generic) => {
  let stage: Stage
  let { test, told, client, worker, account, firstCall } = {} as Stage

  beforeAll(async () => {
    stage = await openStage({
      settings: { adopt_after_seconds: [0, 0, 0], max_in_flight: 1000, max_per_second: 1000 },
      generic,
      prepare: (url, live, account) => fill(url, live.client.actor, account.uuid),
    })
    ;({ test, told, client, worker, account, firstCall } = stage)
  })
  afterAll(() => stage?.stop())

  /** The plans of `work`, which must read each of `tables`: a plan that was not seen proves nothing. */
  async function plansOf(work: () => Promise<unknown>, tables: string[]): Promise<Explained[]> {
    heard.length = 0
    await work()
    const plans = [...heard]
    const read = new Set(plans.flatMap(({ scans }) => scans.map(({ table }) => table)))
    expect([...read], 'tables that were read').toEqual(expect.arrayContaining(tables))
    return plans
  }

  const readsNoTableWhole = async (work: () => Promise<unknown>, ...tables: string[]) => {
    const plans = await plansOf(work, tables)
    const whole = plans.filter(
      ({ statement, scans }) =>
        !(generic && isOfTheOrm(statement)) &&
        scans.some(({ type, table }) => type === 'Seq Scan' && GROWING.includes(table)),
    )
    expect(whole).toEqual([])
  }

  const called = async (phone = newPhone()) => {
    const { id } = await begin(client, { phone })
    await place(worker, await firstCall(id))
    return id
  }

  it('by a start, or by one that supersedes another', async () => {
    const phone = newPhone()
    const starting = () => begin(client, { phone, reference: 'one', client_ip: '203.0.113.7' })
    const tables = ['verifications', 'phone_counters', 'start_counters', 'known_requesters']
    await readsNoTableWhole(starting, ...tables)
    await test.app.db.sql`update phone_counters set starts = '{}'`
    await readsNoTableWhole(starting, 'attempts', ...tables)
  })

  it('by a start in a range that the guard closed', async () => {
    const { tenantId } = client.actor
    const phone = newPhone()
    await reportEnds(told, [{ tenantId, livemode: true, range: phone.slice(0, 8), byWeight: ends(60, 0) }])
    await waitFor(async () => (await told.policies.of(tenantId)).guarded.size > 0)
    await readsNoTableWhole(() => begin(client, { phone }), 'verifications', 'known_requesters')
    await test.app.db.sql`update prefix_conversions set denied_until = null where tenant_id = ${tenantId}`
  })

  it('by the claim of a call, with the count of the account’s calls in flight', async () => {
    const { id } = await begin(client, { phone: newPhone() })
    const job = await firstCall(id)
    await readsNoTableWhole(() => place(worker, job), 'verifications', 'attempts')
    expect(heard.some(({ statement }) => statement.includes('group by account_id'))).toBe(true)
  })

  it('by a poll', async () => {
    const job = await firstCall(await called())
    await readsNoTableWhole(() => poll(worker, job), 'verifications', 'attempts')
  })

  it('by the search for a lost call, nor among our own calls', async () => {
    const phone = newPhone()
    account.fault('http_500_after_call', phone)
    const job = await firstCall(await called(phone))
    await readsNoTableWhole(() => adopt(worker, job), 'verifications', 'attempts')
    expect(heard.some(({ statement }) => statement.includes('operator_row = any'))).toBe(true)
  })

  it('by a wrong code and by the right one', async () => {
    const phone = newPhone()
    const id = await called(phone)
    const code = account.ledger(phone)[0]?.code ?? ''
    const wrong = code.replace(/./g, (digit) => String((Number(digit) + 1) % 10))
    const who = { device: 'mine' }
    const tables = ['verifications', 'attempts', 'phone_counters', 'known_requesters']
    await readsNoTableWhole(() => outcome(confirm(client, { id, code: wrong, ...who })), ...tables)
    await readsNoTableWhole(() => confirm(client, { id, code, ...who }), ...tables)
  })

  it('by a code submitted by phone', async () => {
    const phone = newPhone()
    await called(phone)
    const code = account.ledger(phone)[0]?.code ?? ''
    const typed = { phone, code, device: 'mine' }
    const tables = ['verifications', 'attempts', 'phone_counters', 'known_requesters']
    await readsNoTableWhole(() => confirmByPhone(client, typed), ...tables)
  })

  it('by a retry and by cancelling', async () => {
    const id = await called()
    await letPauseEnd(test, id)
    await test.app.db.sql`update phone_counters set starts = '{}'`
    const tables = ['verifications', 'attempts']
    await readsNoTableWhole(() => outcome(retry(client, { id })), ...tables, 'start_counters')
    await readsNoTableWhole(() => cancel(client, { id }), ...tables)
  })

  const waiting = async () => {
    const { id } = await begin(client, { phone: newPhone(), workflow: [flash, flash] })
    await place(worker, await firstCall(id))
    await test.app.db.sql`update phone_counters set starts = '{}'`
    await test.app.db.sql`
      with moved as (update verifications set next_at = now() where id = ${uuidOf(id)} returning id, next_at)
      update live_verifications l set next_at = moved.next_at from moved where moved.id = l.verification_id`
    return id
  }

  it('by a step that begins on request, or when its time comes', async () => {
    const tables = ['verifications', 'attempts', 'phone_counters', 'start_counters']
    const asked = await waiting()
    await readsNoTableWhole(() => next(client, { id: asked }), ...tables)
    const due = await waiting()
    await readsNoTableWhole(() => moveOn(worker, { verification: uuidOf(due) }), ...tables)
    await waiting()
    await readsNoTableWhole(() => sweep(worker), ...tables)
    const indexes = heard.flatMap(({ scans }) => scans.map(({ index }) => index))
    expect(indexes).toContain('live_verifications_next')
  })

  it('by the sweep, which finds what is due and what is overdue', async () => {
    const { id } = await begin(client, { phone: newPhone() })
    await test.app.db
      .sql`update due_attempts set due_at = now(), slot = 0 where verification_id = ${uuidOf(id)}`
    const late = await called()
    await test.app.db.sql`
      with moved as (update verifications set expires_at = now() where id = ${uuidOf(late)} returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await readsNoTableWhole(() => sweep(worker), 'live_verifications', 'due_attempts')
    await readsNoTableWhole(() => sweep(worker), 'live_verifications', 'due_attempts')
  })

  const now = Date.now()
  it.each<[string, Record<string, string>]>([
    ['plain', {}],
    ['by phone', { phone: '+79241000100' }],
    ['by reference', { reference: 'order-100' }],
    ['by a status that many have', { status: 'expired' }],
    ['by a status that few have', { status: 'calling' }],
    ['by a status that none has', { status: 'pending' }],
    [
      'by time',
      { from: new Date(now - 7_200_000).toISOString(), to: new Date(now - 3_600_000).toISOString() },
    ],
    ['by time and status', { from: new Date(now - 7_200_000).toISOString(), status: 'approved' }],
  ])('by a list of verifications, %s, nor by its next page', async (_, query) => {
    let cursor: string | null = null
    const page = async () => {
      const parsed = ListQuery.parse({ ...query, limit: 5, ...(cursor ? { cursor } : {}) })
      cursor = (await list(client, parsed)).next_cursor
    }
    await readsNoTableWhole(page, 'verifications')
    await readsNoTableWhole(page, 'verifications')
  })

  it('by a list of verifications in progress, which reads when they were called', async () => {
    const query = ListQuery.parse({ status: 'calling', limit: 5 })
    await readsNoTableWhole(() => list(client, query), 'verifications', 'attempts')
  })

  it('by reading one verification, or its audit', async () => {
    const id = await called()
    await readsNoTableWhole(() => get(client, { id }), 'verifications', 'attempts')
    await readsNoTableWhole(() => readAudit(client, { id }), 'verifications', 'audit_events')
  })

  it('by the health of an account', async () => {
    await readsNoTableWhole(() => accountHealth(client, account.uuid, 'en'), 'due_attempts')
  })

  it('by an Idempotency-Key, new or known', async () => {
    const request = { key: 'mine', request: 'POST /v1/verifications' }
    const answer = { status: 201, headers: {}, text: null }
    const claimed = await claimKey(client, request)
    if (claimed.kind !== 'run') throw new Error('the key was known')
    const { claim } = claimed
    const { secrets } = client
    const done = () => told.db.sql.begin((tx) => remember({ claim, secrets }, tx, { id: 1 }))
    await readsNoTableWhole(done, 'idempotency_keys')
    const leases = createLeases(told)
    const hold = Promise.withResolvers<void>()
    const held = leases.during(claim, () => hold.promise)
    await readsNoTableWhole(() => leases.end(), 'idempotency_keys')
    hold.resolve()
    await held
    await readsNoTableWhole(() => settleKey(client, claim, answer), 'idempotency_keys')
    await readsNoTableWhole(() => claimKey(client, request), 'idempotency_keys')
  })

  it('by the metrics, at each scrape', async () => {
    const scrape = async () => {
      exportRoutingMetrics(told.db, told)
      exportCallMetrics(told)
      const text = await registry.metrics()
      for (const name of ['calls_in_flight', 'overdue_verifications'])
        expect(text).toMatch(`\nringproof_${name}`)
    }
    await readsNoTableWhole(scrape, 'live_verifications', 'due_attempts')
  })

  it('by the count of verifications per outcome', async () => {
    const { tenantId } = client.actor
    const end = { tenantId, livemode: true, range: '+7924355', byWeight: ends(1, 1) }
    await readsNoTableWhole(() => reportEnds(told, [end]), 'prefix_conversions')
  })

  // Last: it empties what the others read.
  it('by the removal of expired counters and keys', async () => {
    await readsNoTableWhole(
      () => forgetCounters(told),
      'phone_counters',
      'start_counters',
      'prefix_conversions',
      'known_requesters',
    )
    await readsNoTableWhole(() => forgetIdempotencyKeys(told.db), 'idempotency_keys')
  })
})
