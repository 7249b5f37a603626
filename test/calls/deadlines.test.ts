import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { endLifetime, eventsOf, outcome, placeCalls, stored } from '../verifications/support.ts'
import { claimAndDie, letWorkerBeDead } from './dead-worker.ts'
import { type Live, type LiveAccount, openLive } from './live-accounts.ts'

describe('a call whose end is unknown', () => {
  let test: TestApp
  let live: Live
  beforeAll(async () => {
    test = await startTestApp()
    live = await openLive(test)
    await updatePolicy(live.client, { phone_pause_seconds: null })
  })
  afterAll(() => test?.stop())

  const letDeadlinePass = ({ attempt }: JobPayload) =>
    test.app.db.sql`update attempts set deadline_at = now() where id = ${attempt}`
  /** Moves the call back so far that its account has no more time to come back. */
  const letTimePass = ({ attempt }: JobPayload) =>
    test.app.db.sql`update attempts set placing_at = placing_at - interval '11 min' where id = ${attempt}`
  const deleteAccount = ({ uuid }: LiveAccount) =>
    test.app.db.sql`update provider_accounts set credentials = '\\x00' where id = ${uuid}`

  it('stays open until its deadline, always with another poll due', async () => {
    const account = await live.newAccount()
    account.fault('undetermined')
    const { id, job } = await live.beginAt(account)
    await place(test.worker, job)
    for (let looks = 1; looks <= 5; looks++) {
      await poll(test.worker, job)
      const [call] = (await stored(test, id)).calls
      expect(call).toMatchObject({ status: 'placed', looks, dueAt: expect.any(Date) })
      expect(call?.deadlineAt).toBeInstanceOf(Date)
    }
  })

  it('at telefon-ip, which reports every call, ends as unknown: no account calls again, and its code stays right', async () => {
    const [account, next] = [await live.newAccount(), await live.newAccount()]
    account.fault('undetermined')
    const { id, job } = await live.beginAt(account, next)
    await place(test.worker, job)
    await letDeadlinePass(job)
    await poll(test.worker, job)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown', assumed: true, codeHash: expect.any(Buffer) }],
    })
    expect(next.ledger()).toEqual([])
    expect(await outcome(confirm(live.client, { id, code: account.ledger()[0]?.code ?? '' }))).toBe('ok')
  })

  it('lets its verification expire, not fail, if no code is typed', async () => {
    const account = await live.newAccount()
    account.fault('undetermined')
    const { id, job } = await live.beginAt(account)
    await place(test.worker, job)
    await letDeadlinePass(job)
    await poll(test.worker, job)
    await sweep(test.worker)
    expect(await stored(test, id)).toMatchObject({ status: 'calling', failureCode: null })
    await endLifetime(test, id)
    await sweep(test.worker)
    expect(await stored(test, id)).toMatchObject({ status: 'expired', failureCode: null })
  })

  it('is followed only by a retry, whose failure leaves the first code right', async () => {
    const [account, next] = [await live.newAccount(), await live.newAccount()]
    account.fault('undetermined')
    const { id, job } = await live.beginAt(account, next)
    await place(test.worker, job)
    await letDeadlinePass(job)
    await poll(test.worker, job)
    await letWorkerBeDead(test, job)
    next.fault('refuse')
    account.fault('refuse')
    expect(await outcome(retry(live.client, { id }))).toBe('ok')
    // In the retry's round both accounts refuse.
    await placeCalls(test, id)
    await placeCalls(test, id)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown' }, { status: 'rejected' }, { status: 'rejected' }],
    })
    expect(await outcome(confirm(live.client, { id, code: account.ledger()[0]?.code ?? '' }))).toBe('ok')
  })

  it('at New-Tel, which may not report an unanswered call, counts as unanswered', async () => {
    const account = await live.newAccount('new-tel')
    account.fault('undetermined')
    const { id, job } = await live.beginAt(account)
    await place(test.worker, job)
    // While the call may still ring, the operator knows it.
    await waitFor(async () => {
      await letDeadlinePass(job)
      await poll(test.worker, job)
      return (await stored(test, id)).calls[0]?.endedAt
    })
    expect(await stored(test, id)).toMatchObject({
      status: 'delivered',
      calls: [{ status: 'no_answer', assumed: true }],
    })
  })

  it.each(['telefon-ip', 'new-tel'] as const)(
    'at %s, while the operator is unreachable, ends as unknown: silence proves nothing then',
    async (provider) => {
      const account = await live.newAccount(provider)
      account.fault('undetermined')
      const { id, job } = await live.beginAt(account)
      await place(test.worker, job)
      account.fault('down')
      await letDeadlinePass(job)
      await poll(test.worker, job)
      expect(await stored(test, id)).toMatchObject({
        status: 'calling',
        calls: [{ status: 'unknown', assumed: true }],
      })
      expect(await outcome(confirm(live.client, { id, code: account.ledger()[0]?.code ?? '' }))).toBe('ok')
    },
  )

  it.each([
    ['placed', poll, 'calling'],
    ['placing', adopt, 'failed'],
  ])(
    'and whose account is no longer usable is given up after ten minutes, if it was %s',
    async (status, verb, end) => {
      const account = await live.newAccount()
      account.fault('undetermined')
      const { id, job } = await live.beginAt(account)
      if (status === 'placed') await place(test.worker, job)
      else await claimAndDie(test, job)
      await deleteAccount(account)
      // Cached accounts may be a second old.
      const verdict = async () => {
        await verb(test.worker, job)
        return (await stored(test, id)).calls[0]
      }
      await waitFor(async () => (await test.app.routing.account(account.uuid)) === null)
      expect(await verdict()).toMatchObject({ status, endedAt: null })
      await letTimePass(job)
      expect(await verdict()).toMatchObject({ status: 'unknown', statusDetail: 'its account cannot be used' })
      expect((await stored(test, id)).status).toBe(end)
      expect(await eventsOf(test, id)).toContain('attempt.unknown')
    },
  )
})
