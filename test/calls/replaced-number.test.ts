import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { runToTheEnd } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { stored } from '../verifications/support.ts'
import { claimAndDie, letWorkerBeDead, lookInTime } from './dead-worker.ts'
import { type Live, openLive } from './live-accounts.ts'

const REPLACED = 'the route replaced the calling number'

/** Narayana: `narayana.test.ts`; a trunk: `sip.test.ts`; Teleum: `test/reconciliation/teleum.test.ts`. */
describe('a call whose number the network replaced is never delivered with a code that cannot be right:', () => {
  let test: TestApp
  let live: Live
  beforeAll(async () => {
    test = await startTestApp()
    live = await openLive(test)
  })
  afterAll(() => test?.stop())

  it('New-Tel’s exchange tells the number (clid); the code stays right, in case it was shown', async () => {
    const account = await live.newAccount('new-tel', { poll_first_ms: 50 })
    const { id, phone, job } = await live.beginAt(account)
    await place(test.worker, job)
    const [call] = account.ledger(phone)
    if (!call) throw new Error('no call')
    call.from = '+74950000000'
    await runToTheEnd(test, id)
    expect(await stored(test, id)).toMatchObject({ calls: [{ status: 'unknown', statusDetail: REPLACED }] })
    expect(await get(live.client, { id })).toMatchObject({ status: 'calling' })
    expect(account.ledger(phone)).toHaveLength(1)
    expect(await confirm(live.client, { id, code: call.code })).toMatchObject({ status: 'approved' })
  })

  it('and so does its record of a call that had ended before it was found', async () => {
    const account = await live.newAccount('new-tel')
    const { id, phone, job } = await live.beginAt(account)
    await claimAndDie(test, job, { asks: true })
    const [call] = account.ledger(phone)
    if (!call) throw new Error('no call')
    call.from = '+74950000000'
    await waitFor(() => test.sandbox.calls.reported(call))
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    await lookInTime(test, job)
    expect(await stored(test, id)).toMatchObject({
      calls: [{ status: 'unknown', statusDetail: REPLACED, operatorRow: expect.any(String) }],
    })
    expect(await get(live.client, { id })).toMatchObject({ status: 'calling' })
  })

  it('New-Tel’s own number is delivered, and so is one that is not a phone’s', async () => {
    const account = await live.newAccount('new-tel', { poll_first_ms: 50 })
    for (const from of [null, '+100']) {
      const { id, phone, job } = await live.beginAt(account)
      await place(test.worker, job)
      const [call] = account.ledger(phone)
      if (call && from) call.from = from
      await runToTheEnd(test, id)
      expect(await get(live.client, { id })).toMatchObject({ status: 'delivered' })
    }
  })

  it('telefon-ip names the code itself, and it is the only one that is right', async () => {
    const account = await live.newAccount('telefon-ip', { poll_first_ms: 50 })
    const { id, phone } = await live.beginAt(account)
    await runToTheEnd(test, id)
    const [call] = account.ledger(phone)
    expect(await confirm(live.client, { id, code: call?.code ?? '' })).toMatchObject({ status: 'approved' })
    expect(call?.from.endsWith(call.code)).toBe(true)
  })
})
