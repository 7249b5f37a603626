import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { findAccountConcerns } from '../../src/overview/concerns-accounts.ts'
import { reconcileDue } from '../../src/reconciliation/hourly.ts'
import { checkAccount, healthOf } from '../../src/routing/account-verbs.ts'
import { deleteAccount, updateAccount } from '../../src/routing/accounts.ts'
import { watchBalances } from '../../src/routing/balance.ts'
import { stopKey } from '../../src/routing/stops.ts'
import { get } from '../../src/verifications/read.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { refusal, stored } from '../verifications/support.ts'
import { keyedOperator, openKeyed, withBans } from './ban-tel.ts'

let test: TestApp
let keyed: Awaited<ReturnType<typeof openKeyed>>
beforeAll(async () => {
  test = await startTestApp({}, withBans)
  keyed = await openKeyed(test)
})
afterAll(() => test?.stop())

/** Everything that happens by itself: balances, reconciliation, polls and calls. */
async function doChores(context = test.worker) {
  await test.app.db.sql`update account_states set balance_at = null`
  await test.app.db.sql`delete from reconciliation_runs`
  await watchBalances(context)
  await reconcileDue(context)
}

const eventsOf = async (account: string) =>
  (
    await test.app.db.sql<{ type: string }[]>`
      select type from audit_log where type in ('account.stopped', 'account.recovered')
      and data::jsonb ->> 'account' = ${account} order by seq`
  ).map(({ type }) => type)

/** A stopped account with a placed call; its operator has seen one request with the wrong key. */
async function stopped(provider: string) {
  const operator = await keyedOperator()
  const account = await keyed.add(provider, operator.url, 'a-good-key')
  const open = await keyed.beginAt(account)
  await place(test.worker, open.job)
  const next = await keyed.beginAt(account)
  operator.wrong.add(account.key)
  operator.requests.length = 0
  await place(test.worker, next.job)
  expect(operator.requests).toHaveLength(1)
  return { operator, account, open }
}

describe.each(['example-tel', 'ban-tel'])(
  'after an answer of %s that rejects the credentials',
  (provider) => {
    it('nothing leaves: no call, poll, balance or reconciliation, in any process', async () => {
      const { operator, account, open } = await stopped(provider)
      await poll(test.worker, open.job)
      await doChores()
      const second = createApp(test.app.config as ServiceConfig, 'second', withBans)
      try {
        await poll({ ...test.worker, ...second }, open.job)
        await doChores({ ...test.worker, ...second })
      } finally {
        await second.close()
      }
      const { id, job } = await keyed.beginAt(account)
      await place(test.worker, job)
      expect(operator.requests).toHaveLength(1)
      expect(await get(keyed.client, { id })).toMatchObject({ failure: { code: 'no_operator_available' } })
      expect((await stored(test, open.id)).calls[0]).toMatchObject({ status: 'placed' })
    })

    it('a process that knew the account before sends nothing more after a second', async () => {
      const second = createApp(test.app.config as ServiceConfig, 'second', { ...withBans, clock: test.clock })
      try {
        const operator = await keyedOperator()
        const account = await keyed.add(provider, operator.url, 'a-good-key')
        const [first, ...others] = [
          await keyed.beginAt(account),
          await keyed.beginAt(account),
          await keyed.beginAt(account),
        ]
        await second.routing.account(account.uuid)
        operator.wrong.add(account.key)
        operator.requests.length = 0
        await place(test.worker, first.job)
        test.passTime(1_000)
        for (const { job } of others) await place({ ...test.worker, ...second }, job)
        expect(operator.requests).toHaveLength(1)
      } finally {
        await second.close()
      }
    })

    it('calls claimed at the same moment may have left, and none leaves after', async () => {
      const operator = await keyedOperator()
      const account = await keyed.add(provider, operator.url, 'a-good-key')
      const calls = await Promise.all(Array.from({ length: 8 }, () => keyed.beginAt(account)))
      operator.wrong.add(account.key)
      operator.requests.length = 0
      await Promise.all(calls.slice(0, 4).map(({ job }) => place(test.worker, job)))
      const left = operator.requests.length
      expect(left).toBeLessThanOrEqual(4)
      await Promise.all(calls.slice(4).map(({ job }) => place(test.worker, job)))
      expect(operator.requests).toHaveLength(left)
      expect(await eventsOf(account.id)).toEqual(['account.stopped'])
    })

    it('its health, the audit and the overview say so', async () => {
      const { account } = await stopped(provider)
      expect((await healthOf(keyed.client, account)).stopped).toEqual({
        reason: 'unauthorized',
        at: expect.any(String),
        account: account.id,
        detail: expect.stringMatching(/^The operator rejected the credentials\. Correct them/),
        operator_said: 'Unauthorized',
      })
      expect(await eventsOf(account.id)).toEqual(['account.stopped'])
      const concerns = await findAccountConcerns(test.app)
      expect(concerns).toContainEqual(
        expect.objectContaining({
          kind: 'stopped',
          accounts: [account.name],
          check: { id: account.id, name: account.name },
          why: { key: 'stop_unauthorized' },
          said: { said: 'Unauthorized' },
        }),
      )
      expect(concerns.filter((each) => 'account' in each && each.account.name === account.name)).toEqual([])
    })

    it('the next account of the route calls', async () => {
      const { account } = await stopped(provider)
      const other = await keyed.add('example-tel', (await keyedOperator()).url, 'another-key')
      const { id, job } = await keyed.beginAt(account, other)
      await place(test.worker, job)
      expect((await stored(test, id)).calls.map((call) => call.accountId)).toEqual([other.uuid])
    })

    it('one check of a person leaves, and starts it again if the credentials work', async () => {
      const { operator, account } = await stopped(provider)
      expect((await checkAccount(keyed.client, account)).problem?.reason).toBe('unauthorized')
      expect(operator.requests).toHaveLength(2)
      await doChores()
      expect(operator.requests).toHaveLength(2)
      operator.wrong.clear()
      expect((await checkAccount(keyed.client, account)).ok).toBe(true)
      expect((await healthOf(keyed.client, account)).stopped).toBeNull()
      const { job } = await keyed.beginAt(account)
      await place(test.worker, job)
      expect(operator.requests.at(-1)?.method).toBe('POST')
      expect(await eventsOf(account.id)).toEqual(['account.stopped', 'account.recovered'])
    })

    it('other credentials start it again, other settings do not and send nothing', async () => {
      const { operator, account } = await stopped(provider)
      const changes = { settings: { poll_first_ms: 60 } }
      const kept = await updateAccount(keyed.client, { id: account.id, changes })
      expect(kept.check?.ok).toBe(false)
      expect(operator.requests).toHaveLength(1)
      const again = { credentials: { key: 'wrong-as-well' } }
      operator.wrong.add('wrong-as-well')
      await updateAccount(keyed.client, { id: account.id, changes: again })
      expect(operator.requests).toHaveLength(2)
      expect((await healthOf(keyed.client, account)).stopped).not.toBeNull()
      await updateAccount(keyed.client, { id: account.id, changes: { credentials: { key: 'a-right-key' } } })
      expect((await healthOf(keyed.client, account)).stopped).toBeNull()
    })

    it('whichever request learns it', async () => {
      for (const learn of [
        () => doChores(),
        async (account: { id: string }) => void (await checkAccount(keyed.client, account)),
      ]) {
        const operator = await keyedOperator()
        const account = await keyed.add(provider, operator.url, 'a-good-key')
        operator.wrong.add(account.key)
        operator.requests.length = 0
        await learn(account)
        await doChores()
        expect(operator.requests).toHaveLength(1)
      }
    })
  },
)

describe('an operator that bans our address', () => {
  it('stops every account at the address, those created later as well, however the URL is written', async () => {
    const { operator, account } = await stopped('ban-tel')
    const other = await keyed.add('ban-tel', `${operator.url.replace('http:', 'HTTP:')}/`, 'another-key')
    expect(other.check).toMatchObject({ ok: false, detail: expect.stringContaining('stopped') })
    const { job } = await keyed.beginAt(other)
    await place(test.worker, job)
    await doChores()
    expect((await checkAccount(keyed.client, other)).problem?.reason).toBe('stopped')
    await updateAccount(keyed.client, { id: other.id, changes: { credentials: { key: 'a-third-key' } } })
    expect(operator.requests).toHaveLength(1)
    expect((await healthOf(keyed.client, other)).stopped).toMatchObject({
      reason: 'address',
      account: account.id,
      detail: expect.stringContaining(account.name),
    })
    const stops = (await findAccountConcerns(test.app)).filter(({ kind }) => kind === 'stopped')
    expect(stops).toContainEqual(
      expect.objectContaining({
        accounts: [account.name, other.name].sort(),
        check: { id: account.id, name: account.name },
      }),
    )

    operator.wrong.clear()
    await checkAccount(keyed.client, account)
    expect((await healthOf(keyed.client, other)).stopped).toBeNull()
    expect((await checkAccount(keyed.client, other)).ok).toBe(true)
  })

  it('stops them even if the account with the wrong key is not saved', async () => {
    const operator = await keyedOperator()
    const good = await keyed.add('ban-tel', operator.url, 'a-good-key')
    operator.wrong.add('a-bad-key')
    operator.requests.length = 0
    await refusal(keyed.add('ban-tel', operator.url, 'a-bad-key', 'require'))
    await doChores()
    expect(operator.requests).toHaveLength(1)
    // Nobody owns this stop, so any account at the address may be checked.
    expect((await checkAccount(keyed.client, good)).ok).toBe(true)
  })

  it('lets another account be checked once the account with the wrong key is deleted', async () => {
    const { operator, account } = await stopped('ban-tel')
    const other = await keyed.add('ban-tel', operator.url, 'another-key')
    await test.app.db.sql`delete from route_accounts where account_id = ${account.uuid}`
    await deleteAccount(keyed.client, account)
    expect((await checkAccount(keyed.client, other)).ok).toBe(true)
  })

  it('is said to ban us if it no longer answers a check', async () => {
    const { operator, account } = await stopped('ban-tel')
    operator.held.silent = true
    const changes = { settings: { request_timeout_ms: 200 } }
    await updateAccount(keyed.client, { id: account.id, changes })
    expect((await checkAccount(keyed.client, account)).problem?.reason).toBe('banned')
    expect((await healthOf(keyed.client, account)).stopped).toMatchObject({
      detail: expect.stringContaining('Ask it to lift the ban'),
      operator_said: 'Unauthorized',
    })
  })

  it('keeps others at the address from calling while the stop cannot be saved', async () => {
    const operator = await keyedOperator()
    const [bad, good] = [
      await keyed.add('ban-tel', operator.url, 'a-bad-key'),
      await keyed.add('ban-tel', operator.url, 'a-good-key'),
    ]
    operator.wrong.add(bad.key)
    operator.requests.length = 0
    const [first, second] = [await keyed.beginAt(bad), await keyed.beginAt(good)]
    const { sql } = test.app.db
    await sql`alter table account_stops rename to account_stops_away`
    try {
      await place(test.worker, first.job).catch(() => {})
    } finally {
      await sql`alter table account_stops_away rename to account_stops`
    }
    await place(test.worker, second.job)
    expect(operator.requests).toHaveLength(1)
    await test.app.stops.flush()
    expect((await healthOf(keyed.client, good)).stopped).toMatchObject({ reason: 'address' })
  })
})

it('accounts of one address share a key, whatever its case, port, path and scheme', () => {
  const provider = { name: 'ban-tel', stopShared: true }
  const urls = [
    'https://a.example/api',
    'HTTPS://A.example:443/api/2/',
    'http://a.example./',
    'http://a.example:80',
  ]
  expect(new Set(urls.map((baseUrl, i) => stopKey(provider, { id: String(i), baseUrl }))).size).toBe(1)
})

it('operators are asked in two files only', () => {
  const asks = /provider\.(place|status|records|balance|ownNumbers)\(/
  const files = globSync('{src,worker}/**/*.ts').filter((file) => asks.test(readFileSync(file, 'utf8')))
  expect(files.sort()).toEqual(['src/routing/ask-as-person.ts', 'src/routing/operator.ts'])
})
