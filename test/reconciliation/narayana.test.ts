import { expect, it } from 'vitest'
import { updatePolicy } from '../../src/limits/manage.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import type { DialledCall } from '../../src/sandbox/calls.ts'
import { NO_LIMITS, runToTheEnd } from '../billing/support.ts'
import { openNarayana } from '../calls/narayana-accounts.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, newPhone, tally } from '../verifications/support.ts'

const { test } = await openTenant({ shortCalls: true })
const live = await openNarayana(test)
await updatePolicy(live.client, NO_LIMITS)

it('reconciliation with Narayana’s log finds fifteen injected differences and no other', async () => {
  const account = await live.newAccount()
  async function called(channel: 'flash_call' | 'voice' | 'sms'): Promise<DialledCall> {
    const phone = await live.phoneOf(channel, account)
    await runToTheEnd(test, (await begin(live.client, { phone, channel })).id)
    return account.ledger(phone).at(-1) as DialledCall
  }
  const reconcile = () => startRun(live.client, { account: account.id, to: new Date(Date.now() + 1_000) })

  // Calls and messages that nobody changes, among them corrected prices and a lost answer.
  for (const channel of ['flash_call', 'flash_call', 'voice', 'voice', 'sms', 'sms'] as const)
    await called(channel)
  account.fault('reset_after_call')
  await called('flash_call')
  account.mend()
  expect(await reconcile()).toMatchObject({ status: 'done', error: null, findings: [] })

  const changed = []
  for (let i = 0; i < 7; i += 1) changed.push(await called('voice'))
  for (const [i, call] of changed.entries()) {
    // Four are missing; three did not reach the phone, and so cost nothing.
    if (i < 4) Object.assign(call, { namespace: 'gone', at: 0 })
    else call.course = { ...call.course, end: 'unreachable' }
  }
  for (const channel of ['flash_call', 'flash_call', 'voice', 'voice', 'sms'] as const) {
    test.sandbox.calls.dial({
      namespace: account.namespace,
      operator: 'narayana',
      channel,
      phone: newPhone(),
      code: '4711',
      course: {
        end: channel === 'sms' ? 'delivered' : 'answered',
        ringsAfterMs: 0,
        endsAfterMs: 0,
        reportedAfterMs: 0,
        rewritten: false,
      },
    })
  }
  const { findings } = await reconcile()
  expect(tally(findings.map(({ kind }) => kind))).toEqual({
    charged_unknown: 5,
    not_charged: 4,
    status_differs: 3,
    price_differs: 3,
  })
  for (const { difference } of findings) expect(difference.currency).toBe('EUR')
  expect((await reconcile()).findings).toEqual([])
})
