import { afterAll, beforeAll, expect, it } from 'vitest'
import { createObservations, type Observation } from '../../src/routing/observations.ts'
import { reportObservations } from '../../src/routing/report.ts'
import { type Live, openLive } from '../calls/live-accounts.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'

let test: TestApp
let live: Live
beforeAll(async () => {
  test = await startTestApp()
  live = await openLive(test)
})
afterAll(() => test.stop())

it('sums what several processes report of two accounts and many prefixes at the same time', async () => {
  const accounts = [(await live.newAccount()).uuid, (await live.newAccount()).uuid]
  const phones = Array.from({ length: 40 }, (_, i) => `+79${10 + i}5551234`)
  const learnt = accounts.flatMap((accountId) =>
    phones.flatMap((phone): Observation[] => [
      { kind: 'asked', accountId, fault: false },
      { kind: 'delivery', accountId, channel: 'flash_call', phone, well: true },
      { kind: 'approval', accountId, channel: 'flash_call', phone, well: false },
    ]),
  )
  const reports = Array.from({ length: 6 }, (_, i) => {
    const observations = createObservations()
    observations.add(i % 2 ? learnt : learnt.toReversed())
    return reportObservations(test.app, observations.take())
  })
  await Promise.all(reports)

  const { sql } = test.app.db
  const ratios = await sql<Record<string, unknown>[]>`
    select account_id, count(*)::int as prefixes, min(delivered_calls)::int as least, max(delivered_calls)::int as most,
      max(approved_calls)::int as approved, bool_and(delivered = 1) as all_delivered
    from account_ratios group by account_id order by account_id`
  const each = { prefixes: 40, least: 6, most: 6, approved: 6, allDelivered: true }
  expect(ratios).toEqual(accounts.toSorted().map((accountId) => ({ accountId, ...each })))
  const states = await sql<{ calls: string }[]>`select calls from account_states`
  expect(states.map(({ calls }) => Number(calls))).toEqual([240, 240])
})

it('moves an account back for the channel alone that stopped delivering', async () => {
  const { uuid: accountId } = await live.newAccount()
  const observations = createObservations()
  const phone = '+79245551234'
  for (let i = 0; i < 30; i++) {
    observations.add([
      { kind: 'delivery', accountId, channel: 'sms', phone, well: false },
      { kind: 'delivery', accountId, channel: 'flash_call', phone, well: true },
    ])
  }
  await reportObservations(test.app, observations.take())
  const ratios = await test.app.db.sql`
    select channel, prefix, demoted_at is not null as demoted from account_ratios
    where account_id = ${accountId} order by channel`
  expect(ratios).toEqual([
    { channel: 'flash_call', prefix: '+7924', demoted: false },
    { channel: 'sms', prefix: '+7924', demoted: true },
  ])
  expect([...((await test.app.routing.account(accountId))?.demoted ?? [])]).toEqual(['sms +7924'])
})
