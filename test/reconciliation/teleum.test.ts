import { expect, it } from 'vitest'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { CallStatus } from '../../src/providers/provider.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import type { DialledCall } from '../../src/sandbox/calls.ts'
import { get } from '../../src/verifications/read.ts'
import { NO_LIMITS, runToTheEnd } from '../billing/support.ts'
import { openTeleum } from '../calls/teleum-accounts.ts'
import { begin, newPhone, tally } from '../verifications/support.ts'

const { test, client, newAccount, phoneOf } = await openTeleum()
// No guess is allowed, so no pool is too small.
await updatePolicy(client, { ...NO_LIMITS, wrong_guesses_per_phone_day: 0 })

it('reconciliation with Teleum’s report finds fifteen injected differences and no other', async () => {
  const account = await newAccount(40)
  const special = {
    busy: '+79000000001',
    answered: '+79000000002',
    unreachable: '+79000000004',
    vanishes: '+79000000010',
  }
  async function called(phone = newPhone()): Promise<DialledCall> {
    await phoneOf(account, phone)
    await runToTheEnd(test, (await begin(client, { phone })).id)
    return account.ledger(phone).at(-1) as DialledCall
  }
  const reconcile = () => startRun(client, { account: account.id, to: new Date(Date.now() + 1_000) })

  // Calls of every kind that nobody changes; the report says NO ANSWER for one that never rang.
  const ordinary = Promise.all([...Object.values(special).map(called), called(), called()])
  const changed = await Promise.all(Array.from({ length: 9 }, () => called()))
  const [, , , vanished] = await ordinary
  if (vanished) vanished.course = { ...vanished.course, end: 'no_answer', reportedAfterMs: 0 }
  await account.be('forwarded_row')
  expect(await reconcile()).toMatchObject({ status: 'done', error: null, findings: [] })

  // Five are missing from the report, four failed by it; six that we know nothing of were placed.
  for (const [i, call] of changed.entries()) {
    if (i < 5) Object.assign(call, { namespace: 'gone', at: 0 })
    else call.course = { ...call.course, end: 'unreachable' }
  }
  const ends: CallStatus[] = ['answered', 'busy', 'no_answer', 'no_answer', 'unreachable', 'answered']
  for (const [i, end] of ends.entries()) {
    test.sandbox.calls.dial({
      namespace: account.namespace,
      operator: 'teleum',
      channel: 'flash_call',
      phone: newPhone(),
      from: `+${74_951_110_001 + i}`,
      code: '4711',
      bills: 'never',
      course: { end, ringsAfterMs: 0, endsAfterMs: 0, reportedAfterMs: 0, rewritten: false },
    })
  }
  const { findings } = await reconcile()
  expect(tally(findings.map(({ kind }) => kind))).toEqual({
    charged_unknown: 6,
    not_charged: 5,
    status_differs: 4,
  })
  expect((await reconcile()).findings).toEqual([])
})

it('a number that the network replaced is found by reconciliation: only the report tells, after the call', async () => {
  const account = await newAccount(4)
  const phone = await phoneOf(account)
  const { id } = await begin(client, { phone })
  await runToTheEnd(test, id)
  expect(await get(client, { id })).toMatchObject({ status: 'delivered' })
  const [call] = account.ledger(phone)
  if (call) call.from = '+78123230000'
  const { findings } = await startRun(client, { account: account.id, to: new Date(Date.now() + 1_000) })
  expect(findings).toContainEqual(expect.objectContaining({ kind: 'not_charged', phone }))
})
