import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { place } from '../../src/calls/place.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { get } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { say } from '../../src/words/text.ts'
import { type Live, type LiveAccount, openLive } from '../calls/live-accounts.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import {
  begin,
  letPauseEnd,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  stored,
  uuidOf,
} from '../verifications/support.ts'

let test: TestApp
let live: Live
beforeAll(async () => {
  test = await startTestApp()
  live = await openLive(test)
  await updatePolicy(live.client, { phone_pause_seconds: null })
})
afterAll(() => test?.stop())

/** Sets an account's shared state, and waits until this process knows it. */
async function setState({ uuid }: LiveAccount, state: Record<string, unknown>): Promise<void> {
  const { sql } = test.app.db
  await sql`
    insert into account_states (account_id) values (${uuid}) on conflict do nothing`
  const { breaker = 'closed', restsSeconds = null, balance = null } = state as Record<string, string | number>
  await sql`
    update account_states set breaker = ${breaker}, openings = 1,
      open_until = now() + make_interval(secs => ${restsSeconds}), balance_micros = ${balance}, balance_limit_micros = 0
    where account_id = ${uuid}`
  await waitFor(async () => {
    const routed = await test.app.routing.account(uuid)
    const known = routed?.state
    return known?.breaker === breaker && (balance === null || known.balanceMicros === BigInt(balance))
  })
}

const failed = async (id: string) =>
  (await readAudit(live.client, { id })).data.find((e) => e.type === 'attempt.failed')

describe('a verification that no account can serve', () => {
  it.each([
    ['rests for longer than ten seconds', { breaker: 'open', restsSeconds: 30 }, 'resting'],
    ['cannot pay', { balance: -1 }, 'cannot_pay'],
  ])('fails at once where its account %s, and says which and why', async (_, state, why) => {
    const account = await live.newAccount()
    const { id } = await live.beginAt(account)
    await setState(account, state)
    await placeCalls(test, id)
    expect(await get(live.client, { id })).toMatchObject({
      status: 'failed',
      failure: { code: 'no_operator_available', detail: expect.any(String) },
      attempts_detail: [{ status: 'failed' }],
    })
    const name = (await test.app.routing.account(account.uuid))?.name
    expect((await failed(id))?.data).toMatchObject({ held_back: [{ account: account.id, name, why }] })
  })

  it('waits up to ten seconds for a resting account', async () => {
    const account = await live.newAccount()
    const { id } = await live.beginAt(account)
    await setState(account, { breaker: 'open', restsSeconds: 8 })
    await placeCalls(test, id)
    const [call] = (await stored(test, id)).calls
    expect(call).toMatchObject({ status: 'queued', deadlineAt: expect.any(Date), dueAt: expect.any(Date) })
    // The time is up: another call's probe failed meanwhile, and the account rests again.
    await test.app.db.sql`update attempts set deadline_at = now() - interval '1 s' where id = ${call?.id}`
    await placeCalls(test, id)
    expect(await stored(test, id)).toMatchObject({ status: 'failed', failureCode: 'no_operator_available' })
  })

  it('is called by the resting account once a probe is due', async () => {
    const account = await live.newAccount()
    const { id, phone } = await live.beginAt(account)
    await setState(account, { breaker: 'open', restsSeconds: 2 })
    await placeCalls(test, id)
    expect(account.ledger(phone)).toEqual([])
    await waitFor(
      async () => {
        await placeCalls(test, id)
        return account.ledger(phone).length === 1
      },
      { timeoutMs: 10_000 },
    )
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'placed' }])
  })

  it('fails as the call before it did, if there was one', async () => {
    const [account, next] = [await live.newAccount(), await live.newAccount()]
    const { id } = await live.beginAt(account, next)
    await setState(next, { breaker: 'open', restsSeconds: 60 })
    account.fault('refuse')
    await placeCalls(test, id)
    await placeCalls(test, id)
    expect(await stored(test, id)).toMatchObject({ status: 'failed', failureCode: 'rejected' })
    expect((await failed(id))?.data).toMatchObject({ held_back: [{ account: next.id, why: 'resting' }] })
  })

  it('fails because no account could call, whatever ended an earlier step', async () => {
    const account = await live.newAccount()
    const phone = newPhone()
    await live.newRoute(phone, account)
    account.fault('refuse')
    const step = { channel: 'flash_call', wait_seconds: 30 } as const
    const { id } = await begin(live.client, { phone, workflow: [step, step] })
    await placeCalls(test, id)
    await sweep(test.worker)
    await setState(account, { breaker: 'open', restsSeconds: 60 })
    await placeCalls(test, id)
    expect(await stored(test, id)).toMatchObject({
      status: 'failed',
      failureCode: 'no_operator_available',
      calls: [{ status: 'rejected' }, { status: 'failed', step: 1 }],
    })
  })

  it('does not end a call in progress', async () => {
    const account = await live.newAccount()
    account.fault('undetermined')
    const { id } = await live.beginAt(account)
    await placeCalls(test, id)
    await letPauseEnd(test, id)
    await setState(account, { breaker: 'open', restsSeconds: 60 })
    expect(await outcome(retry(live.client, { id }))).toBe('ok')
    await placeCalls(test, id)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'placed' }, { status: 'failed' }],
    })
  })
})

describe('an account at its own limit', () => {
  it('is waited for while there is time for a call, then the verification fails', async () => {
    const account = await live.newAccount('telefon-ip', { max_in_flight: 1 })
    account.fault('undetermined')
    const first = await live.beginAt(account)
    await placeCalls(test, first.id)
    const { id, job } = await live.beginAt(account)
    await placeCalls(test, id)
    const [call] = (await stored(test, id)).calls
    // No deadline ends this wait.
    expect(call).toMatchObject({ status: 'queued', deadlineAt: null })
    await test.app.db.sql`
      with moved as (update verifications set expires_at = now() + interval '8 s' where id = ${uuidOf(id)} returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await place(test.worker, job)
    expect(await stored(test, id)).toMatchObject({ status: 'failed', failureCode: 'no_operator_available' })
    expect((await failed(id))?.data).toMatchObject({ held_back: [{ account: account.id, why: 'at_limit' }] })
  })
})

describe('a start that no route serves', () => {
  const unserved = '+79581230000'

  it('with a live key is refused at once, and leaves a denied verification', async () => {
    const refused = await refusal(begin(live.client, { phone: unserved }))
    expect(refused).toMatchObject({
      code: 'destination_denied',
      status: 403,
      options: { detail: say('limit_no_route'), extra: { rule: 'no_route' } },
    })
    const id = refused.options.extra?.verification as string
    expect(await get(live.client, { id })).toMatchObject({ status: 'denied', attempts: 0 })
    const [event] = (await readAudit(live.client, { id })).data
    expect(event).toMatchObject({ type: 'verification.denied', data: { rule: 'no_route' } })
  })

  it('counts towards no limit: once a route serves the phone, it is called', async () => {
    await updatePolicy(live.client, { starts_per_phone_10m: 1 })
    for (let i = 0; i < 3; i++)
      expect(await outcome(begin(live.client, { phone: unserved }))).toBe('destination_denied')
    await live.newRoute(unserved, await live.newAccount())
    expect(await outcome(begin(live.client, { phone: unserved }))).toBe('ok')
  })

  it('with a test key is served by the sandbox', async () => {
    const client = await test.newTenant()
    expect(await outcome(begin(client, { phone: '+79581230001' }))).toBe('ok')
  })
})
