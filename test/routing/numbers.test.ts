import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { checkAccount } from '../../src/routing/account-verbs.ts'
import { updateAccount } from '../../src/routing/accounts.ts'
import { listNumbers } from '../../src/routing/numbers.ts'
import { runToTheEnd } from '../billing/support.ts'
import { openNarayana } from '../calls/narayana-accounts.ts'
import { openPools } from '../calls/pool-accounts.ts'
import { exampleTel } from '../providers/example-tel/index.ts'
import { oneMore } from '../providers/registry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, stored } from '../verifications/support.ts'

let test: TestApp
let pools: Awaited<ReturnType<typeof openPools>>
let narayana: Awaited<ReturnType<typeof openNarayana>>
let admin: ClientContext
beforeAll(async () => {
  const { providers, simulators } = oneMore
  const { ownNumbers: _, ...mute } = exampleTel
  const withMute = { ...providers, 'mute-tel': { ...mute, name: 'mute-tel' } }
  test = await startTestApp({}, { providers: withMute, simulators, shortCalls: true })
  pools = await openPools(test)
  narayana = await openNarayana(test)
  admin = { ...pools.client, actor: { ...pools.client.actor, scopes: ['admin', 'verify', 'read'] } }
})
afterAll(() => test?.stop())

const numbersOf = async (id: string) => (await listNumbers(admin)).pools.find((account) => account.id === id)

describe('the numbers of an account', () => {
  it('are counted with their different endings, as ranges, and against the policy', async () => {
    const account = await pools.newPool(
      ['+74951110000-+74951110049', '+74951110040-+74951110059', '+74951110080', '+74951120009'],
      {},
      'mute-tel',
    )
    expect(await numbersOf(account.id)).toMatchObject({
      numbers: 62,
      endings: 61,
      digits: 4,
      ranges: [
        { first: '+74951110000', last: '+74951110059', count: 60 },
        { first: '+74951110080', last: '+74951110080', count: 1 },
        { first: '+74951120009', last: '+74951120009', count: 1 },
      ],
      missing: 9939,
      leased: null,
    })
    const full = await pools.newPool(['+74951110000-+74951119999'])
    expect(await numbersOf(full.id)).toMatchObject({ endings: 10_000, missing: 0 })
    await updatePolicy(admin, { wrong_guesses_per_phone_day: null })
    expect(await numbersOf(full.id)).toMatchObject({ missing: null })
    await updatePolicy(admin, { wrong_guesses_per_phone_day: 0 })
    expect(await numbersOf(account.id)).toMatchObject({ missing: 0 })
  })

  it('are not listed for an account whose operator chooses them', async () => {
    const account = await pools.newPool(['+74951110001'])
    await updateAccount(admin, { id: account.id, changes: { settings: { numbers: null } } })
    expect(await numbersOf(account.id)).toBeUndefined()
  })

  it('are leased while a call of theirs is in progress', async () => {
    const account = await pools.newPool(['+74951110001', '+74951110002', '+74951110003'], { lines: true })
    const ids: string[] = []
    for (let i = 0; i < 2; i++) ids.push((await begin(admin, { phone: await pools.phoneOf(account) })).id)
    for (const id of ids) await place(test.worker, await jobOf(test, id))
    expect(await numbersOf(account.id)).toMatchObject({ calls: 2, leased: 2 })
    await Promise.all(ids.map((id) => runToTheEnd(test, id)))
    expect(await numbersOf(account.id)).toMatchObject({ calls: 0, leased: 0 })
  })

  it('are confirmed, unconfirmed or foreign, as the last check found', async () => {
    const silent = await pools.newPool(['+74951110001'], {}, 'mute-tel')
    expect(await numbersOf(silent.id)).toMatchObject({ check: { result: 'unconfirmed', foreign: [] } })
    const own = await narayana.newAccount()
    expect((await numbersOf(own.id))?.check).toMatchObject({ result: 'owned', at: expect.any(Date) })
    // As if the operator had taken numbers away since.
    await test.app.db.sql`
      update provider_accounts set settings = jsonb_set(settings, '{numbers}', '["+74951110001", "+78120000001"]')
      where id = ${own.uuid}`
    test.app.caches.clear('accounts')
    expect(await checkAccount(admin, own)).toMatchObject({ ok: false })
    expect((await numbersOf(own.id))?.check).toMatchObject({ result: 'foreign', foreign: ['+78120000001'] })
    own.fault('down')
    await updateAccount(admin, { id: own.id, changes: { settings: { numbers: ['+74951110001'] } } })
    expect((await numbersOf(own.id))?.check).toBeNull()
  })
})

it('a number that the route replaced is counted by account and day, once however often the call is polled', async () => {
  const account = await narayana.newAccount()
  const call = async () => {
    const { id } = await begin(admin, { phone: await narayana.phoneOf('flash_call', account) })
    await runToTheEnd(test, id)
    return id
  }
  await call()
  await account.be('caller_replaced')
  const replaced = await call()
  const job = await jobOf(test, replaced)
  await Promise.all([poll(test.worker, job), poll(test.worker, job)])
  const today = new Date().toISOString().slice(0, 10)
  await waitFor(async () => (await numbersOf(account.id))?.days[0]?.told === 2)
  expect((await numbersOf(account.id))?.days).toEqual([{ day: today, told: 2, replaced: 1 }])
  expect((await stored(test, replaced)).calls[0]?.status).toBe('unknown')

  const { sql } = test.app.db
  await sql`
    insert into account_number_days values (${account.uuid}, current_date - 61, 1, 0), (${account.uuid}, current_date - 59, 1, 0)`
  await call()
  const count = async () =>
    (await sql`select from account_number_days where account_id = ${account.uuid}`).count
  await waitFor(async () => (await numbersOf(account.id))?.days[0]?.told === 3)
  expect(await count()).toBe(2)
})
