import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { claimCall, concludeCall, place } from '../../src/calls/place.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { checkAccount, healthOf } from '../../src/routing/account-verbs.ts'
import { updateAccount } from '../../src/routing/accounts.ts'
import { operatorOf } from '../../src/routing/operator.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { NO_LIMITS, runToTheEnd } from '../billing/support.ts'
import { begin, jobOf, stored } from '../verifications/support.ts'
import { openTeleum } from './teleum-accounts.ts'

const { test, client, newAccount, phoneOf } = await openTeleum()
await updatePolicy(client, NO_LIMITS)
/** How many numbers one guess a day needs. Without a guess no pool is too small, but nothing is approved. */
const NUMBERS = 1_112
const allowGuesses = (guesses: 0 | 1) => updatePolicy(client, { wrong_guesses_per_phone_day: guesses })
const admin = { ...client, actor: { ...client.actor, scopes: ['admin', 'verify', 'read'] as const } }

it('a line rings with its own number, whose end is the code; the API is not on the path of the call', async () => {
  await allowGuesses(1)
  const account = await newAccount(NUMBERS)
  expect(account.check).toMatchObject({ ok: true, numbers: 'owned' })
  await account.be('empty_answers')
  const phone = await phoneOf(account)
  const { id } = await begin(client, { phone })
  await runToTheEnd(test, id)
  const [call, ...others] = account.ledger(phone)
  expect(others).toEqual([])
  expect(call).toMatchObject({ operator: 'teleum', from: expect.stringMatching(/^\+7495111[01]\d{3}$/) })
  expect(await get(client, { id })).toMatchObject({
    status: 'delivered',
    code_length: 4,
    attempts_detail: [{ status: 'no_answer' }],
  })
  const told = inspect(await readAudit(client, { id }), { depth: 9 })
  expect(told).not.toContain(call?.from.slice(1) ?? '?')
  expect(told).not.toContain(account.credentials.lines[0]?.password ?? '?')
  const code = call?.from.slice(-4) ?? ''
  expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
})

it.each([
  ['+79000000001', 'busy'],
  ['+79000000002', 'answered'],
  ['+79000000003', 'no_such_number'],
  ['+79000000004', 'unreachable'],
])('a call to %s ends as %s', async (special, status) => {
  await allowGuesses(0)
  const account = await newAccount()
  const { id } = await begin(client, { phone: await phoneOf(account, special) })
  await runToTheEnd(test, id)
  expect((await stored(test, id)).calls).toMatchObject([{ status, assumed: false }])
})

it('a call whose answer was lost is found in the journal by its code, and is not placed again', async () => {
  await allowGuesses(1)
  const account = await newAccount(NUMBERS)
  const phone = await phoneOf(account)
  const { id } = await begin(client, { phone })
  const job = await jobOf(test, id)
  const call = await claimCall(test.worker, job)
  if (!call) throw new Error('nothing was claimed')
  await operatorOf(test.worker, call).place(call)
  await concludeCall(test.worker, job, call, { kind: 'unclear', detail: 'the answer was lost' })
  await runToTheEnd(test, id)
  expect((await stored(test, id)).calls).toMatchObject([
    { status: 'no_answer', operatorCallId: job.attempt, operatorRow: job.attempt },
  ])
  expect(account.ledger(phone)).toHaveLength(1)
  const code = account.ledger(phone)[0]?.from.slice(-4) ?? ''
  expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
})

it('a line bears one call at a time; another call waits for it', async () => {
  await allowGuesses(0)
  const account = await newAccount(1)
  const ids = []
  for (let i = 0; i < 2; i += 1) ids.push((await begin(client, { phone: await phoneOf(account) })).id)
  for (const id of ids) await place(test.worker, await jobOf(test, id))
  expect(account.ledger()).toHaveLength(1)
  await Promise.all(ids.map((id) => runToTheEnd(test, id)))
  expect(account.ledger().map(({ from }) => from)).toEqual(['+74951110001', '+74951110001'])
})

it('a wrong password of a line stops the account; a check by a person starts it, and the gateway’s line with it', async () => {
  await allowGuesses(0)
  const account = await newAccount(1)
  const [line] = account.credentials.lines
  if (!line) throw new Error('no line')
  const { credentials } = account
  const broken = { ...credentials, lines: [{ ...line, password: 'another' }] }
  await updateAccount(admin, { id: account.id, changes: { credentials: broken } })
  const failing = await begin(client, { phone: await phoneOf(account) })
  await runToTheEnd(test, failing.id)
  expect((await stored(test, failing.id)).calls).toMatchObject([{ status: 'rejected' }])
  expect(await healthOf(admin, account)).toMatchObject({ stopped: { reason: 'unauthorized' } })
  expect(account.ledger()).toEqual([])
  expect(await checkAccount(admin, account)).toMatchObject({ ok: true })
  await updateAccount(admin, { id: account.id, changes: { credentials } })
  const next = await begin(client, { phone: await phoneOf(account) })
  await runToTheEnd(test, next.id)
  expect((await stored(test, next.id)).calls).toMatchObject([{ status: 'no_answer' }])
})
