import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { Mood } from '../../src/sandbox/moods.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { rawOperator } from '../providers/raw-operator.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { eventsOf, outcome, stored } from '../verifications/support.ts'
import { lookToTheEnd } from './dead-worker.ts'
import { type Live, type LiveAccount, openLive } from './live-accounts.ts'

const OPERATORS = ['telefon-ip', 'new-tel'] as const

describe('with any clock and any records of an operator', () => {
  let test: TestApp
  let live: Live
  beforeAll(async () => {
    test = await startTestApp({}, { shortCalls: true })
    live = await openLive(test)
    await updatePolicy(live.client, { phone_pause_seconds: null, starts_per_prefix_hour: null })
    const { tenantId } = live.client.actor
    await waitFor(async () => (await test.app.policies.of(tenantId)).policy.phone_pause_seconds === null)
  })
  afterAll(() => test?.stop())

  /** Places a call and loses the operator's answer. */
  async function lost(account: LiveAccount, ...others: LiveAccount[]) {
    const call = await live.beginAt(account, ...others)
    account.fault('bad_signature_after_call', call.phone)
    account.fault('garbage_after_call', call.phone)
    await place(test.worker, call.job)
    expect((await stored(test, call.id)).calls).toMatchObject([{ status: 'placing' }])
    return call
  }

  const moods: Mood[][] = [
    ['clock_behind'],
    ['clock_ahead'],
    ['rows_twice'],
    ['rows_stray'],
    ['dates_dotted'],
    ['dates_utc'],
    ['dates_zoned'],
    ['clock_ahead', 'dates_utc', 'rows_twice'],
  ]

  it.each(OPERATORS.flatMap((operator) => moods.map((mood) => [operator, mood] as const)))(
    'a lost call is found at %s with %j, even if no other call is known',
    async (operator, mood) => {
      const [account, next] = [await live.newAccount(operator), await live.newAccount()]
      for (const each of mood) account.fault(each)
      const { id, job } = await lost(account, next)
      await lookToTheEnd(test, job)
      expect(await eventsOf(test, id)).toContain('attempt.adopted')
      expect(await outcome(confirm(live.client, { id, code: account.ledger()[0]?.code ?? '' }))).toBe('ok')
      expect(next.ledger()).toEqual([])
    },
  )

  it.each(['rows_behind', 'rows_ahead'] as const)(
    'a lost call is found with %s that no header shows, with or without a known call',
    async (mood) => {
      const account = await live.newAccount()
      account.fault(mood)
      for (let i = 0; i < 2; i++) {
        const { id, job } = await lost(account)
        await lookToTheEnd(test, job)
        expect(await eventsOf(test, id)).toContain('attempt.adopted')
        const known = await live.beginAt(account)
        await place(test.worker, known.job)
      }
    },
  )

  it('a code without a call id is right at once, and no other account calls', async () => {
    const operator = await rawOperator(({ path }) =>
      path.includes('get_code')
        ? { status: 200, body: JSON.stringify({ success: true, error: '', data: { code: '2371' } }) }
        : { status: 500, body: 'Internal Server Error' },
    )
    const [account, next] = [await live.newAccount('telefon-ip', {}, operator.url), await live.newAccount()]
    const [typed, waited] = [await live.beginAt(account, next), await live.beginAt(account, next)]
    for (const { job } of [typed, waited]) await place(test.worker, job)
    expect(await outcome(confirm(live.client, { id: typed.id, code: '2371' }))).toBe('ok')
    await lookToTheEnd(test, waited.job)
    expect(await outcome(confirm(live.client, { id: waited.id, code: '2371' }))).toBe('ok')
    expect(next.ledger()).toEqual([])
  })

  it('records without a readable date prove no absence', async () => {
    const account = await live.newAccount()
    account.fault('dates_garbled')
    const { id, job } = await lost(account)
    await lookToTheEnd(test, job)
    expect((await stored(test, id)).calls).toMatchObject([
      { status: 'unknown', statusDetail: expect.stringContaining('could not be read') },
    ])
  })

  it.each(
    OPERATORS.flatMap((operator) =>
      (['status_500', 'status_garbage'] as const).map((mood) => [operator, mood] as const),
    ),
  )('a call of %s with %s keeps its code, and no other account calls', async (operator, mood) => {
    const [account, next] = [await live.newAccount(operator), await live.newAccount()]
    account.fault(mood)
    const { id, job } = await live.beginAt(account, next)
    await place(test.worker, job)
    await test.app.db.sql`update attempts set deadline_at = now() where id = ${job.attempt}`
    await poll(test.worker, job)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown', assumed: true }],
    })
    expect(next.ledger()).toEqual([])
    expect(await outcome(confirm(live.client, { id, code: account.ledger()[0]?.code ?? '' }))).toBe('ok')
  })
})
