import { afterAll, beforeAll, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { checkAccount, healthOf } from '../../src/routing/account-verbs.ts'
import { updateAccount } from '../../src/routing/accounts.ts'
import { rawOperator, toBytes } from '../providers/raw-operator.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { keyedOperator, openKeyed, withBans } from './ban-tel.ts'

/** Accounts that are changed while their operator answers. */
let test: TestApp
let keyed: Awaited<ReturnType<typeof openKeyed>>
beforeAll(async () => {
  test = await startTestApp({}, withBans)
  keyed = await openKeyed(test)
})
afterAll(() => test?.stop())

it('an answer to old credentials does not stop an account with new ones', async () => {
  const operator = await keyedOperator()
  const account = await keyed.add('example-tel', operator.url, 'a-bad-key')
  const before = await test.app.routing.account(account.uuid)
  await updateAccount(keyed.client, { id: account.id, changes: { credentials: { key: 'a-good-key' } } })
  if (before?.stop) await test.app.stops.stop(before.stop, { said: 'Unauthorized' })
  expect((await healthOf(keyed.client, account)).stopped).toBeNull()
  expect((await test.app.routing.account(account.uuid))?.account.isStopped()).toBe(false)
})

it.each([
  ['another name', { name: 'renamed' }],
  ['other settings', { settings: { poll_first_ms: 60 } }],
])('an answer that rejects the credentials stops an account that has %s since', async (_, changes) => {
  const operator = await keyedOperator()
  const account = await keyed.add('ban-tel', operator.url, 'a-good-key')
  const { job } = await keyed.beginAt(account)
  const before = await test.app.routing.account(account.uuid)
  await updateAccount(keyed.client, { id: account.id, changes })
  operator.wrong.add(account.key)
  if (before?.stop) await test.app.stops.stop(before.stop, { said: 'Unauthorized' })
  operator.requests.length = 0
  await place(test.worker, job)
  expect(operator.requests).toHaveLength(0)
  expect((await healthOf(keyed.client, account)).stopped).not.toBeNull()
})

it('a check of old credentials that worked does not end the stop of new ones', async () => {
  const change: { run: (() => Promise<unknown>) | null } = { run: null }
  const works = { status: 200, body: JSON.stringify({ success: true, data: { balance: 5 } }) }
  const operator = await rawOperator(({ headers }, socket) => {
    if (!headers.authorization?.endsWith('a-good-key')) return { status: 401, body: '{}' }
    const { run } = change
    if (!run) return works
    change.run = null
    void run().then(() => socket.write(toBytes(works)))
    return
  })
  const account = await keyed.add('example-tel', operator.url, 'a-good-key')
  change.run = () =>
    updateAccount(keyed.client, { id: account.id, changes: { credentials: { key: 'a-bad-key' } } })
  expect((await checkAccount(keyed.client, account)).ok).toBe(true)
  expect((await healthOf(keyed.client, account)).stopped).not.toBeNull()
})
