import { describe, expect, it } from 'vitest'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openLive } from '../calls/live-accounts.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, dialled, jobOf, letPauseEnd, namespace, newPhone, placeCalls, stored } from './support.ts'
import { flash, workflowsOf } from './workflow-support.ts'

const { test, client } = await openTenant({ shortCalls: true })
const { ring, letWaitEnd } = workflowsOf(test, client)
const own = namespace(test, client)

/** Every operator refuses calls of the phone. */
const refuse = (prefix: string) => {
  for (const operator of ['telefon-ip', 'new-tel'] as const)
    test.sandbox.faults.add(own, { operator, mode: 'refuse', prefix })
}

/** The operators report that all of the calls ended so. */
const end = (calls: ReturnType<typeof dialled>, how: 'unreachable' | 'no_such_number') => {
  for (const call of calls) call.course = { ...call.course, end: how, endsAfterMs: 0, reportedAfterMs: 0 }
}

const shortOf = ({ status, failureCode, calls }: Awaited<ReturnType<typeof stored>>) => ({
  status,
  failureCode,
  calls: calls.map((call) => [call.step, call.channel, call.status]),
})

describe('the end of an earlier call, after all later ones were refused', () => {
  it('of a step calls through no other account, and the verification fails as its last step did', async () => {
    const { id, phone } = await ring([flash, flash])
    const first = await jobOf(test, id)
    refuse(phone)
    await letWaitEnd(id)
    await sweep(test.worker)
    await placeCalls(test, id)
    await placeCalls(test, id)
    const refused = [1, 'flash_call', 'rejected']
    expect((await stored(test, id)).completedAt).toBeNull()
    end(dialled(test, client, phone), 'unreachable')
    await poll(test.worker, first)
    expect(shortOf(await stored(test, id))).toEqual({
      status: 'failed',
      failureCode: 'rejected',
      calls: [[0, 'flash_call', 'unreachable'], refused, refused],
    })
  })

  it('of a channel that a retry has replaced tries no other account of either channel', async () => {
    const live = await openLive(test)
    await updatePolicy(live.client, { phone_pause_seconds: null })
    const accounts = [await live.newAccount(), await live.newAccount()] as const
    const phone = newPhone()
    const ids = accounts.map(({ id }) => id)
    await createRoute(live.client, { prefix: phone, channel: 'sms', accounts: ids })
    await live.newRoute(phone, ...accounts)
    const { id } = await begin(live.client, { phone })
    await placeCalls(test, id)
    await letPauseEnd(test, id)
    for (const account of accounts) account.fault('refuse')
    await retry(live.client, { id, channel: 'sms' })
    await placeCalls(test, id)
    end(accounts[0].ledger(phone), 'unreachable')
    await poll(test.worker, await jobOf(test, id))
    expect(shortOf(await stored(test, id))).toEqual({
      status: 'failed',
      failureCode: 'unreachable',
      calls: [
        [0, 'flash_call', 'unreachable'],
        [0, 'sms', 'rejected'],
      ],
    })
  })
})

it('a number that one step found not to exist is still tried through every account of the next', async () => {
  const { id, phone } = await ring([flash, flash])
  for (const [nth, how] of (['no_such_number', 'unreachable'] as const).entries()) {
    end(dialled(test, client, phone), how)
    await poll(test.worker, await jobOf(test, id, nth))
    await sweep(test.worker)
    await placeCalls(test, id)
  }
  expect(shortOf(await stored(test, id)).calls).toEqual([
    [0, 'flash_call', 'no_such_number'],
    [1, 'flash_call', 'unreachable'],
    [1, 'flash_call', 'placed'],
  ])
})
