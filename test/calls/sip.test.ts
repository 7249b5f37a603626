import { describe, expect, it } from 'vitest'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sandboxCalls } from '../../src/calls/sandbox-calls.ts'
import { healthOf } from '../../src/routing/account-verbs.ts'
import { updateAccount } from '../../src/routing/accounts.ts'
import { watchBalances } from '../../src/routing/balance.ts'
import { operatorOf } from '../../src/routing/operator.ts'
import { handsetCalls } from '../../src/sandbox/client.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { runToTheEnd } from '../billing/support.ts'
import { startPeer } from '../gateway/peer.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, placeCalls, refusal, stored } from '../verifications/support.ts'
import { claimAndDie, letWorkerBeDead } from './dead-worker.ts'
import { openSip } from './sip-accounts.ts'

const { test, gateway, client, newAccount, beginAt } = await openSip()

const statusesOf = async (id: string) => (await stored(test, id)).calls.map(({ status }) => status)

/** What the gateway knows of a call; `attempt`: its id. */
const atGateway = (attempt: string) => gateway.get(attempt)

describe('a flash call over SIP', () => {
  it('rings from a number of the account, and is approved by the end of it', async () => {
    const account = await newAccount()
    expect(account.check).toMatchObject({ ok: true, numbers: 'unconfirmed' })
    const { id, phone, job } = await beginAt([account])
    await place(test.worker, job)
    const [call, ...others] = account.ledger(phone)
    expect(others).toEqual([])
    expect(call?.from).toMatch(/^\+7495111\d{4}$/)
    await runToTheEnd(test, id)
    expect(await get(client, { id })).toMatchObject({ attempts_detail: [{ status: 'no_answer' }] })
    expect(await confirm(client, { id, code: call?.from.slice(-4) ?? '' })).toMatchObject({
      status: 'approved',
    })
  })

  it('stops ringing once it is approved', async () => {
    const account = await newAccount({ settings: { ring_ms: 15_000 } })
    const { id, phone, job } = await beginAt([account])
    await place(test.worker, job)
    await poll(test.worker, job)
    expect(await atGateway(job.attempt)).toMatchObject({ state: 'alerted', cancelled_at: null })
    await confirm(client, { id, code: account.ledger(phone)[0]?.from.slice(-4) ?? '' })
    await poll(test.worker, job)
    expect((await gateway.ended(job.attempt, 5_000)).verdict).toMatchObject({ status: 'no_answer' })
    await runToTheEnd(test, id)
    expect(await get(client, { id })).toMatchObject({ status: 'approved' })
    expect(await statusesOf(id)).toEqual(['no_answer'])
  })

  it.each([
    ['+79000000001', 'busy'],
    ['+79000000002', 'answered'],
    ['+79000000003', 'no_such_number'],
    ['+79000000004', 'unreachable'],
    ['+79000000007', 'rejected'],
  ])('to %s is %s, as the trunk’s ledger says', async (phone, status) => {
    const account = await newAccount()
    const { id } = await beginAt([account], phone)
    await runToTheEnd(test, id)
    expect(await statusesOf(id)).toEqual([status])
    expect(account.ledger(phone)).toHaveLength(status === 'rejected' ? 0 : 1)
  })

  it('whose number the network replaces is not approved by the number that was shown', async () => {
    const account = await newAccount()
    const phone = '+79000000009'
    const { id, job } = await beginAt([account], phone)
    await place(test.worker, job)
    await poll(test.worker, job)
    const shown = (await handset(account.own.username ?? '', phone))?.slice(-4) ?? ''
    expect(shown).not.toBe(account.ledger(phone)[0]?.from.slice(-4))
    expect((await refusal(confirm(client, { id, code: shown }))).code).toBe('code_incorrect')
    // A trunk does not tell which number was shown, so nobody claims that it was ours.
    await runToTheEnd(test, id)
    expect(await get(client, { id })).toMatchObject({ status: 'delivered' })
    const told = { phone, callId: job.attempt, channel: 'flash_call', placedAt: new Date() } as const
    const routed = await test.app.routing.account(account.uuid)
    if (!routed) throw new Error('the account is gone')
    const outcome = await operatorOf(test.app, routed).status(told, { isUnwanted: false })
    expect(outcome).toMatchObject({ kind: 'final', result: { status: 'no_answer' } })
    expect(outcome).not.toHaveProperty('callerEnding')
  })
})

const handset = (key: string, phone: string) =>
  waitFor(async () => {
    const calls = await handsetCalls({ sandboxUrl: test.sandbox.url, token: key, phone })
    return calls?.at(0)?.from ?? null
  })

describe('one INVITE per attempt', () => {
  it('however often it is ordered', async () => {
    const account = await newAccount()
    const { phone, job } = await beginAt([account])
    const { call } = await claimAndDie(test, job, { asks: true })
    const again = await operatorOf(test.app, call).place(call)
    expect(again).toMatchObject({ kind: 'placed', callId: job.attempt })
    expect(account.ledger(phone)).toHaveLength(1)
  })

  it('when the worker dies with the answer: the call is found in the journal', async () => {
    const account = await newAccount()
    const { id, phone, job } = await beginAt([account])
    await claimAndDie(test, job, { asks: true })
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    await runToTheEnd(test, id)
    const { calls } = await stored(test, id)
    expect(calls).toMatchObject([{ status: 'no_answer', operatorCallId: job.attempt }])
    expect(account.ledger(phone)).toHaveLength(1)
    expect(await confirm(client, { id, code: account.ledger(phone)[0]?.from.slice(-4) ?? '' })).toMatchObject(
      { status: 'approved' },
    )
  })

  it('when the gateway and the worker are killed while it rings: it is cancelled, and its end is known', async () => {
    const account = await newAccount({ settings: { ring_ms: 15_000 } })
    const { id, phone, job } = await beginAt([account])
    await claimAndDie(test, job, { asks: true })
    await gateway.kill()
    await gateway.restart()
    await letWorkerBeDead(test, job)
    await runToTheEnd(test, id)
    expect(await statusesOf(id)).toEqual(['no_answer'])
    expect(account.ledger(phone)).toHaveLength(1)
  })

  it('when the gateway is down: nothing was sent, and the next account calls at once', async () => {
    const [first, second] = [await newAccount(), await newAccount()]
    const { id, phone } = await beginAt([first, second])
    await gateway.kill()
    await placeCalls(test, id)
    await gateway.restart()
    await runToTheEnd(test, id)
    expect(await statusesOf(id)).toEqual(['failed', 'no_answer'])
    expect([first.ledger(phone).length, second.ledger(phone).length]).toEqual([0, 1])
  })

  it.each([
    ['503 Service Unavailable\nRetry-After: 1', 'rejected'],
    // Without a 180 nobody saw anything.
    ['486 Busy Here', 'unreachable'],
  ])('when the trunk replies %j: the attempt is %s, and the next account calls', async (reply, status) => {
    const peer = await startPeer((request) => (request.startsWith('INVITE') ? reply : '200 OK'))
    const base_url = `sip:${peer.settings.server}:${peer.settings.port}`
    const [first, second] = [await newAccount({ base_url }), await newAccount()]
    const { id, phone } = await beginAt([first, second])
    await runToTheEnd(test, id)
    expect(await statusesOf(id)).toEqual([status, 'no_answer'])
    expect([peer.heard('INVITE').length, second.ledger(phone).length]).toEqual([1, 1])
  })
})

describe('a trunk that rejects the credentials', () => {
  it('stops the account at its first answer; other credentials start it', async () => {
    const account = await newAccount({ credentials: { password: 'another' } })
    const { id } = await beginAt([account])
    await runToTheEnd(test, id)
    expect(await statusesOf(id)).toEqual(['rejected'])
    expect(await healthOf(client, account)).toMatchObject({ stopped: { reason: 'unauthorized' } })
    const next = await beginAt([account])
    await runToTheEnd(test, next.id)
    expect(await get(client, { id: next.id })).toMatchObject({ status: 'failed' })

    await updateAccount(client, { id: account.id, changes: { credentials: account.own } })
    test.passTime(1_000)
    const mended = await beginAt([account])
    await place(test.worker, mended.job)
    expect(account.ledger(mended.phone)).toHaveLength(1)
  })

  it('stops the account when we register, too; the gateway tries nothing more for anybody', async () => {
    const peer = await startPeer((request, count) =>
      request.startsWith('REGISTER') && count === 1
        ? '401 Unauthorized\nWWW-Authenticate: Digest realm="trunk", nonce="a"'
        : '403 Forbidden',
    )
    const base_url = `sip:${peer.settings.server}:${peer.settings.port}`
    const account = await newAccount({ base_url, settings: { register: true } })
    expect(account.check).toMatchObject({ ok: false })
    expect(await healthOf(client, account)).toMatchObject({ stopped: { reason: 'unauthorized' } })
    const { id } = await beginAt([account])
    await test.app.db.sql`update account_states set balance_at = null`
    await watchBalances(test.worker)
    await runToTheEnd(test, id)
    expect(await get(client, { id })).toMatchObject({ status: 'failed' })
    expect([peer.heard('REGISTER').length, peer.heard('INVITE').length]).toEqual([2, 0])
  })
})

const refusedFields = async (verb: Promise<unknown>) =>
  (await refusal(verb)).options.errors?.map(({ path }) => path)

describe('what the console and the API refuse', () => {
  it.each([
    [{ ring_ms: 2_999 }, 'settings.ring_ms'],
    [{ ring_ms: 15_001 }, 'settings.ring_ms'],
    [{ setup_ms: 100 }, 'settings.setup_ms'],
    [{ numbers: [] }, 'settings.numbers'],
    [{ numbers: ['84951110000'] }, 'settings.numbers'],
    [{ caller_id_in: ['contact'] }, 'settings.caller_id_in.0'],
    // A number that ends otherwise shows another code.
    [{ number_format: '{e164}99' }, 'settings.number_format'],
    [{ max_in_flight: null }, 'settings.max_in_flight'],
    [{ unknown: 1 }, 'settings.unknown'],
  ])('settings %j', async (settings, path) => {
    expect(await refusedFields(newAccount({ settings }))).toEqual([path])
  })

  it.each([
    'https://trunk.example.net',
    'sip:',
    'sip:user@trunk.example.net',
    'sip:trunk.example.net:0',
    'sip:trunk.example.net:70000',
    'sip:trunk.example.net;transport=tls',
    'sip:[::1]:5060',
    'sip:0x7f.1',
    'sip:trunk.example.net;transport=udp;x=1',
  ])('the address %s', async (base_url) => {
    expect(await refusedFields(newAccount({ base_url }))).toEqual(['base_url'])
  })

  it('a user without a password, and saved credentials for another trunk', async () => {
    const half = newAccount({ credentials: { password: undefined } })
    expect(await refusedFields(half)).toEqual(['credentials.password'])
    const { id } = await newAccount()
    const moved = updateAccount(client, { id, changes: { base_url: 'sip:127.0.0.9:5060' } })
    expect(await refusedFields(moved)).toEqual(['credentials'])
  })
})

describe('a test key', () => {
  it('calls +790000002… over SIP, and every other phone as before', async () => {
    const tenant = await test.newTenant()
    const phone = '+79000000200'
    const { id } = await begin(tenant, { phone })
    await placeCalls(test, id)
    expect((await stored(test, id)).calls).toMatchObject([{ provider: 'sip' }])
    const { data } = await sandboxCalls(tenant, { phone })
    expect(await confirm(tenant, { id, code: data[0]?.from.slice(-4) ?? '' })).toMatchObject({
      status: 'approved',
    })
    const other = await begin(tenant)
    await placeCalls(test, other.id)
    expect((await stored(test, other.id)).calls).toMatchObject([{ provider: 'telefon-ip' }])
  })

  it('meets the special phones there: +79000000201 is busy', async () => {
    const tenant = await test.newTenant()
    const { id } = await begin(tenant, { phone: '+79000000201' })
    await runToTheEnd(test, id)
    expect(await statusesOf(id)).toEqual(['busy'])
  })
})

it('no password, phone or number is in the gateway’s log', () => {
  expect(gateway.logs()).not.toMatch(/7495111|7924|79000000|password/)
})
