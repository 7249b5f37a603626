import { afterAll, beforeAll, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createWeb } from '../../src/web.ts'
import { runToTheEnd } from '../billing/support.ts'
import { block, openPools } from '../calls/pool-accounts.ts'
import { clientOf } from '../http/client.ts'
import { oneMore } from '../providers/registry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, jobOf } from '../verifications/support.ts'
import { readSeries, type Series } from './series.ts'

let test: TestApp
let pools: Awaited<ReturnType<typeof openPools>>
let scrape: () => Promise<Series>
beforeAll(async () => {
  test = await startTestApp({}, { ...oneMore, shortCalls: true })
  pools = await openPools(test)
  await updatePolicy(pools.client, { phone_pause_seconds: null, wrong_guesses_per_phone_day: 9 })
  const request = clientOf(createWeb(test.app))
  scrape = async () => readSeries((await request('GET', '/metrics', { key: null })).text)
})
afterAll(() => test?.stop())

it('live calls in flight and the numbers they lease are seen until they end', async () => {
  const account = await pools.newPool(block(10_000), { lines: true })
  const labels = `account="${account.id}",name="pool 1",provider="example-tel"`
  const figures = async () => {
    const series = await scrape()
    const inFlight = 'ringproof_calls_in_flight{channel="flash_call",provider="example-tel",mode="live"}'
    return [
      series.get(inFlight),
      ...['leases', 'numbers', 'endings'].map((what) => series.get(`ringproof_pool_${what}{${labels}}`)),
    ]
  }
  expect(await figures()).toEqual([undefined, 0, 10_000, 10_000])
  const ids: string[] = []
  for (let i = 0; i < 2; i++) {
    const phone = await pools.phoneOf(account)
    const { id } = await begin(pools.client, { phone })
    await place(test.worker, await jobOf(test, id))
    ids.push(id)
  }
  expect(await figures()).toEqual([2, 2, 10_000, 10_000])
  for (const id of ids) await runToTheEnd(test, id)
  expect(await figures()).toEqual([undefined, 0, 10_000, 10_000])
})

it('an account that rests after faults is seen, and so is when it works again', async () => {
  const account = await pools.newPool(block(10_000))
  const { sql } = test.app.db
  const resting = async () => {
    const labels = `account="${account.id}",name="pool 2",provider="example-tel",why="resting"`
    return (await scrape()).get(`ringproof_operator_held_back{${labels}}`)
  }
  for (const [breaker, seen] of [
    ['open', 1],
    ['closed', 0],
  ] as const) {
    await sql`
      insert into account_states (account_id, breaker) values (${account.uuid}, ${breaker})
      on conflict (account_id) do update set breaker = ${breaker}`
    expect(await resting()).toBe(seen)
  }
})
