import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { place } from '../../src/calls/place.ts'
import type { Context } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { checkAccount, healthOf } from '../../src/routing/account-verbs.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { inWords } from '../../src/words/text.ts'
import { runToTheEnd } from '../billing/support.ts'
import { exampleTel } from '../providers/example-tel/index.ts'
import { oneMore } from '../providers/registry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import {
  begin,
  jobOf,
  letPauseEnd,
  newPhone,
  outcome,
  refusal,
  stored,
  wrongFor,
} from '../verifications/support.ts'
import { block, openPools } from './pool-accounts.ts'

let test: TestApp
let pools: Awaited<ReturnType<typeof openPools>>
beforeAll(async () => {
  const { providers, simulators } = oneMore
  const { ownNumbers: _, ...mute } = exampleTel
  test = await startTestApp(
    {},
    { providers: { ...providers, 'mute-tel': { ...mute, name: 'mute-tel' } }, simulators, shortCalls: true },
  )
  pools = await openPools(test)
})
afterAll(() => test?.stop())
beforeEach(() =>
  updatePolicy(pools.client, {
    phone_pause_seconds: null,
    wrong_guesses_per_phone_day: 9,
    starts_per_phone_10m: null,
  }),
)

type PoolAccount = Awaited<ReturnType<typeof pools.newPool>>

async function ring(...accounts: PoolAccount[]) {
  const phone = await pools.phoneOf(...accounts)
  const { id } = await begin(pools.client, { phone })
  await runToTheEnd(test, id)
  return { id, phone }
}

/** Every row of every table, the queue's too, as text. */
async function allRows(): Promise<string> {
  const { sql } = test.app.db
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`
  const rows = await Promise.all(
    tables.map(({ name }) => sql`select t::text as row from ${sql.unsafe(name)} t`),
  )
  expect(rows.flat().length).toBeGreaterThan(20)
  return JSON.stringify(rows)
}

/** The worker with a log that is kept. */
function recording(): { worker: Context; logged: string[] } {
  const logged: string[] = []
  const log = new Proxy(test.worker.log, {
    get: (_, name) =>
      name === 'child'
        ? () => log
        : (...args: unknown[]) => logged.push(`${String(name)} ${JSON.stringify(args)}`),
  })
  return { worker: { ...test.worker, log }, logged }
}

describe('a call from a pool', () => {
  it('comes from one of its numbers, whose last digits are right; nothing else knows the number', async () => {
    const account = await pools.newPool(block(10_000))
    const phone = await pools.phoneOf(account)
    const { id } = await begin(pools.client, { phone })
    const { worker, logged } = recording()
    await runToTheEnd({ ...test, worker }, id)
    expect(logged.length).toBeGreaterThan(0)
    const [call] = account.ledger(phone)
    expect(call?.from).toMatch(/^\+7495111\d{4}$/)
    const view = await get(pools.client, { id })
    expect(view).toMatchObject({
      status: 'delivered',
      code_length: 4,
      caller_hint: { prefix: '+7495111', length: 11, masked: '+7 495 111-••-••' },
    })
    const audit = await readAudit(pools.client, { id })
    for (const text of [await allRows(), JSON.stringify([view, audit]), logged.join()]) {
      expect(text).not.toContain(call?.from.slice(1))
    }
    expect(await confirm(pools.client, { id, code: call?.code ?? '' })).toMatchObject({ status: 'approved' })
  })

  it('has a right code although the answer was lost', async () => {
    const account = await pools.newPool(block(10_000), { adopt_after_seconds: [0] })
    account.fault('reset_after_call')
    const phone = await pools.phoneOf(account)
    const { id } = await begin(pools.client, { phone })
    await place(test.worker, await jobOf(test, id))
    const [call] = account.ledger(phone)
    expect((await stored(test, id)).calls[0]).toMatchObject({
      status: 'placing',
      unclearAt: expect.any(Date),
    })
    expect(await confirm(pools.client, { id, code: call?.code ?? '' })).toMatchObject({ status: 'approved' })
  })

  it('shows another number with each retry, never one that ends like the phone', async () => {
    await updatePolicy(pools.client, { wrong_guesses_per_phone_day: 0 })
    const phone = newPhone()
    // Three numbers, one of which ends like the phone.
    const numbers = [`+7495111${phone.slice(-4)}`, '+74951119998', '+74951119999']
    const account = await pools.newPool(numbers)
    await pools.route(phone, account)
    const { id } = await begin(pools.client, { phone })
    await runToTheEnd(test, id)
    await letPauseEnd(test, id)
    await retry(pools.client, { id })
    await runToTheEnd(test, id)
    expect(
      account
        .ledger(phone)
        .map(({ from }) => from)
        .sort(),
    ).toEqual(numbers.slice(1))

    await letPauseEnd(test, id)
    await retry(pools.client, { id })
    await runToTheEnd(test, id)
    const failed = (await readAudit(pools.client, { id })).data.find(({ type }) => type === 'attempt.failed')
    expect(failed?.data).toMatchObject({ held_back: [{ account: account.id, why: 'no_number' }] })
    expect(account.ledger(phone)).toHaveLength(2)
  })
})

describe('the size of a pool', () => {
  it.each([
    [50, 9, false],
    [9_999, 9, false],
    [10_000, 9, true],
    [10_000, 10, false],
    [5_000, 4, true],
    [1_112, 1, true],
    [1_111, 1, false],
    [10_000, null, false],
  ])('of %i numbers with %s guesses a day: flash calls %s', async (size, guesses, serves) => {
    await updatePolicy(pools.client, { wrong_guesses_per_phone_day: guesses })
    const account = await pools.newPool(block(size))
    const phone = await pools.phoneOf(account)
    expect(await healthOf(pools.client, account)).toMatchObject({
      guess_chance: 1 / size,
      pool_too_small: !serves,
    })
    if (serves) return void (await begin(pools.client, { phone }))
    const refused = await refusal(begin(pools.client, { phone }))
    expect(refused.code).toBe('destination_denied')
    expect(refused.message).toMatch(/too few numbers to call from/)
  })

  it('does not count for a policy that only observes its guess limit', async () => {
    await updatePolicy(pools.client, { observe: ['wrong_guesses_per_phone_day'] })
    const phone = await pools.phoneOf(await pools.newPool(block(10_000)))
    expect(await outcome(begin(pools.client, { phone }))).toBe('destination_denied')
    await updatePolicy(pools.client, { observe: [] })
  })

  it('a larger pool further down the route serves', async () => {
    const [small, large] = [await pools.newPool(block(50)), await pools.newPool(block(10_000))]
    const { phone } = await ring(small, large)
    expect([small.ledger(phone).length, large.ledger(phone).length]).toEqual([0, 1])
  })

  it.each([
    [10_000, 9],
    [5_000, 4],
    [1_112, 1],
  ])('of %i numbers lets %i wrong codes a day be compared, and then no other', async (size, guesses) => {
    await updatePolicy(pools.client, { wrong_guesses_per_phone_day: guesses })
    const account = await pools.newPool(block(size))
    const phone = await pools.phoneOf(account)
    const { id } = await begin(pools.client, { phone, max_checks: 10 })
    await runToTheEnd(test, id)
    const code = account.ledger(phone)[0]?.code ?? ''
    const results: string[] = []
    for (let i = 1; i <= guesses + 1; i++) {
      results.push(await outcome(confirm(pools.client, { id, code: wrongFor(code, i) })))
    }
    expect(results).toEqual([...Array(guesses).fill('code_incorrect'), 'guesses_exhausted'])
    const [row] = (await stored(test, id)).calls
    expect(row?.codeChance).toBe(Math.ceil(1_000_000 / size))
  })
})

describe('numbers that the account does not own', () => {
  it('are refused where the operator can say', async () => {
    const refused = await refusal(pools.newPool(['+74951110000', '+79990000000']))
    expect(refused).toMatchObject({ code: 'invalid_request' })
    expect(JSON.stringify(refused)).toContain('+79990000000')
    expect(JSON.stringify(refused)).not.toContain('+74951110000')
    expect((await pools.newPool(block(100))).check).toMatchObject({ ok: true, numbers: 'owned' })
  })

  it('are named by a check once the operator no longer lists them', async () => {
    const account = await pools.newPool(block(100))
    expect(await checkAccount(pools.client, account)).toMatchObject({ ok: true, numbers: 'owned' })
    const settings = JSON.stringify({ numbers: ['+74951110000', '+79990000000'] })
    await test.app.db
      .sql`update provider_accounts set settings = ${settings}::jsonb where id = ${account.uuid}`
    test.passTime(1_000)
    const { ok, problem } = await checkAccount(pools.client, account)
    expect([ok, problem?.reason]).toEqual([false, 'foreign_numbers'])
    expect(JSON.stringify(problem?.why)).toContain('+79990000000')
  })

  it('cannot be told where the operator does not list numbers, and the check says so', async () => {
    const account = await pools.newPool(block(100), {}, 'mute-tel')
    expect(account.check).toMatchObject({ ok: true, numbers: 'unconfirmed' })
    expect(await checkAccount(pools.client, account)).toMatchObject({ ok: true, numbers: 'unconfirmed' })
  })

  it.each([
    [['+7495'], /neither a number/],
    [['+74951110000-74951210000'], /at most 100000 numbers/],
    [[], /at least 1 entries|must not be empty/],
  ])('or are none: %j', async (numbers, says) => {
    const refused = await refusal(pools.newPool(numbers))
    const [wrong] = refused.options.errors ?? []
    expect(wrong?.path).toBe('settings.numbers')
    expect(wrong && inWords('en', wrong.text)).toMatch(says)
  })
})
