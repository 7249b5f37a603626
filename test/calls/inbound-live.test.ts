import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { providers } from '../../src/providers/registry.ts'
import { telefonIp } from '../../src/providers/telefon-ip/index.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute, deleteRoute } from '../../src/routing/routes.ts'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { callIn } from '../../src/sandbox/inbound.ts'
import { get } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, letPauseEnd, newPhone, placeCalls, uuidOf } from '../verifications/support.ts'
import { openLive } from './live-accounts.ts'

const channel = 'inbound_call'
/** Another operator, with the same API. */
const twin = { ...telefonIp, name: 'twin' }
const { test } = await openTenant({ providers: { ...providers, twin } })
const live = await openLive(test)
const other = test.clientContext((await test.newTenant('other')).actor.tenantId, { livemode: true })
for (const each of [live.client, other]) {
  await updatePolicy(each, { phone_pause_seconds: null })
  await waitFor(
    async () => (await test.app.policies.of(each.actor.tenantId)).policy.phone_pause_seconds === null,
  )
}

const newTwin = () =>
  createAccount(live.client, {
    provider: 'twin',
    name: 'twin',
    base_url: sandboxBaseUrl(test.sandbox.url, 'telefon-ip'),
    credentials: sandboxCredentials(randomBytes(32), 'telefon-ip'),
    settings: {},
  })

/** A phone that the accounts serve in that order. */
async function phoneOf(...accounts: { id: string }[]) {
  const phone = newPhone()
  const ids = accounts.map(({ id }) => id)
  const route = await createRoute(live.client, { prefix: phone, channel, accounts: ids })
  await waitFor(async () => {
    const destination = { tenantId: '', livemode: true, phone, channel } as const
    return (await test.app.routing.candidates(destination)).length > 0
  })
  return { phone, route: route.id }
}

async function awaitCall(phone: string, as: ClientContext, device: string) {
  const { id } = await begin(as, { phone, channel, device })
  await placeCalls(test, id)
  return id
}

async function retryAtNext(id: string, as: ClientContext): Promise<void> {
  await letPauseEnd(test, id)
  await retry(as, { id })
  await placeCalls(test, id)
}

describe('an inbound call', () => {
  it('awaits its call at the next account if the first one gave no number', async () => {
    const [broken, sound] = [await live.newAccount(), await live.newAccount()]
    broken.fault('http_500')
    const { phone } = await phoneOf(broken, sound)
    const id = await awaitCall(phone, live.client, 'own')
    await place(test.worker, await jobOf(test, id, 1))
    expect(await get(live.client, { id })).toMatchObject({
      status: 'calling',
      call_to: { number: expect.any(String) },
      attempts_detail: [{ status: 'failed' }, { status: 'placed' }],
    })
  })

  it('that nobody made is awaited at no other account', async () => {
    const { phone } = await phoneOf(await live.newAccount(), await live.newAccount())
    const id = await awaitCall(phone, live.client, 'own')
    await test.app.db.sql`
      update attempts set deadline_at = now() - interval '1 ms' where verification_id = ${uuidOf(id)}`
    await poll(test.worker, await jobOf(test, id))
    expect(await get(live.client, { id })).toMatchObject({
      status: 'failed',
      attempts_detail: [{ status: 'not_called' }],
    })
  })

  it('is awaited to its end although no account serves a retry', async () => {
    const account = await live.newAccount()
    const { phone, route } = await phoneOf(account)
    const id = await awaitCall(phone, live.client, 'own')
    await letPauseEnd(test, id)
    await retry(live.client, { id })
    await deleteRoute(live.client, { id: route })
    await placeCalls(test, id)
    const { call_to, ...shown } = await get(live.client, { id })
    expect(shown).toMatchObject({
      status: 'calling',
      attempts_detail: [{ status: 'placed' }, { status: 'failed' }],
    })
    expect(callIn(account.ledger(phone), call_to?.number ?? '', Date.now())).not.toBeNull()
    await poll(test.worker, await jobOf(test, id))
    expect((await get(live.client, { id })).status).toBe('approved')
  })
})

describe('the turn of a phone at an operator', () => {
  it('is one for all tenants', async () => {
    const { phone } = await phoneOf(await live.newAccount())
    const first = await awaitCall(phone, live.client, 'own')
    const second = await awaitCall(phone, other, 'own')
    expect((await get(live.client, { id: first })).call_to).not.toBeNull()
    expect(await get(other, { id: second })).toMatchObject({
      status: 'failed',
      failure: { code: 'no_operator_available' },
    })
  })

  it('keeps nobody from another operator, and no call from being awaited there', async () => {
    const one = await live.newAccount()
    const { phone } = await phoneOf(one, await newTwin())
    const first = await awaitCall(phone, live.client, 'own')
    await retryAtNext(first, live.client)
    expect((await get(live.client, { id: first })).attempts_detail).toMatchObject([
      { status: 'placed', provider: 'telefon-ip' },
      { status: 'placed', provider: 'twin' },
    ])

    const second = await awaitCall(phone, other, 'own')
    await retryAtNext(second, other)
    const { call_to, ...shown } = await get(other, { id: second })
    expect(shown).toMatchObject({
      status: 'calling',
      attempts_detail: [{ status: 'placed' }, { status: 'failed' }],
    })
    expect(callIn(one.ledger(phone), call_to?.number ?? '', Date.now())).not.toBeNull()
    await poll(test.worker, await jobOf(test, second))
    expect((await get(other, { id: second })).status).toBe('approved')
  })
})
