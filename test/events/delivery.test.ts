import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { listDeliveries, redeliver, testEndpoint } from '../../src/events/deliveries.ts'
import { deleteEndpoint, getEndpoint, updateEndpoint } from '../../src/events/endpoints.ts'
import { sweepDeliveries } from '../../src/events/sweep.ts'
import { publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, beginAndRing, placeCalls, uuidOf } from '../verifications/support.ts'
import { answer } from './receiver.ts'
import { deliver, endpointAt, letPass, receiver, storedFor } from './support.ts'

const { test, client } = await openTenant()
const page = { limit: 100 }

describe('an endpoint', () => {
  it('receives every event of a verification in order, signed, with what GET shows', async () => {
    const own = await receiver()
    const endpoint = await endpointAt(client, own.url)
    const { id, code } = await beginAndRing(test, client)
    const rung = await get(client, { id })
    await deliver(test, endpoint)
    await confirm(client, { id, code })
    const approved = await get(client, { id })
    await deliver(test, endpoint)
    expect(own.types()).toEqual(['verification.created', 'attempt.placed', 'verification.approved'])
    const [, placed, last] = own.received
    expect(placed?.body.data.verification).toEqual(rung)
    expect(placed?.body.data.attempt).toBe(rung.attempts_detail[0]?.id)
    expect(last?.body.data.verification).toEqual(approved)
    const sequences = own.received.map(({ body }) => body.data.sequence)
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
    const events = await test.app.db.sql<{ id: string; at: Date; seq: number }[]>`
      select id, at, seq from audit_log where verification_id = ${uuidOf(id)}`
    for (const { id: webhookId, text, headers, body } of own.received) {
      const event = events.find((each) => publicId('event', each.id) === webhookId)
      expect(body).toMatchObject({ timestamp: event?.at.toISOString(), data: { sequence: event?.seq } })
      expect(() => new Webhook(endpoint.secret).verify(text, headers)).not.toThrow()
    }
  })

  it('receives only the types that it asked for', async () => {
    const own = await receiver()
    const endpoint = await endpointAt(client, own.url, { event_types: ['verification.cancelled'] })
    const { id } = await begin(client)
    await cancel(client, { id })
    await deliver(test, endpoint)
    expect(own.types()).toEqual(['verification.cancelled'])
  })

  it('is told of the end of an attempt', async () => {
    const own = await receiver()
    const endpoint = await endpointAt(client, own.url, {
      event_types: ['attempt.ended', 'verification.failed'],
    })
    const { id } = await begin(client, { phone: '+79000000003' })
    await placeCalls(test, id)
    await cancel(client, { id }).catch(() => {})
    const second = await begin(client)
    await cancel(client, { id: second.id })
    await deliver(test, endpoint)
    expect(own.types()).toContain('attempt.ended')
    expect(own.received.at(-1)?.body.data.verification.attempts_detail[0].status).toBe('released')
  })

  it('gets nothing of another tenant, nor of the other mode', async () => {
    const own = await receiver()
    const stranger = await test.newTenant('other')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    const endpoints = await Promise.all([endpointAt(stranger, own.url), endpointAt(live, own.url)])
    await begin(client)
    await deliver(test, ...endpoints)
    expect(own.received).toEqual([])
    for (const endpoint of endpoints) {
      await expect(getEndpoint(client, endpoint)).rejects.toMatchObject({ code: 'not_found' })
      await expect(listDeliveries(client, { ...endpoint, ...page })).rejects.toMatchObject({
        code: 'not_found',
      })
      await expect(testEndpoint(client, endpoint)).rejects.toMatchObject({ code: 'not_found' })
      await expect(deleteEndpoint(client, endpoint)).rejects.toMatchObject({ code: 'not_found' })
    }
    const sent = await testEndpoint(stranger, endpoints[0])
    await expect(redeliver(client, sent)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a try', () => {
  it.each([
    ['a redirect', 302],
    ['an error', 500],
    ['a refusal', 404],
  ])('that ends with %s is repeated, and a redirect is not followed', async (_, status) => {
    const own = await receiver(answer(status, { location: '/elsewhere' }, 'no'))
    const endpoint = await endpointAt(client, own.url, { event_types: ['verification.created'] })
    await begin(client)
    await deliver(test, endpoint)
    expect(own.received.map(({ path }) => path)).toEqual(['/hook'])
    const [delivery] = (await listDeliveries(client, { ...endpoint, ...page })).data
    expect(delivery).toMatchObject({
      status: 'waiting',
      tries: 1,
      response_status: status,
      response_body: 'no',
    })
    own.react(answer(200))
    await letPass(test, endpoint, 6)
    await deliver(test, endpoint)
    expect(own.received.map(({ id }) => id)).toEqual([delivery?.event, delivery?.event])
    expect(own.received[0]?.text).toBe(own.received[1]?.text)
    expect(await storedFor(test, endpoint)).toMatchObject([{ status: 'delivered', tries: 2 }])
  })

  it('keeps the first KiB of a huge answer, and of one that never ends its status', async () => {
    const own = await receiver((_, response) => {
      response.writeHead(200)
      response.write('я'.repeat(100_000))
    })
    const endpoint = await endpointAt(client, own.url, { event_types: ['verification.created'] })
    await begin(client)
    await deliver(test, endpoint)
    const [delivery] = (await listDeliveries(client, { ...endpoint, ...page })).data
    expect(delivery).toMatchObject({ status: 'delivered', response_body: 'я'.repeat(512) })
  })

  it('gives up on a receiver that hangs, refuses connections or speaks no HTTP', async () => {
    const hanging = await receiver(() => {})
    const gone = await receiver()
    await gone.stop()
    const urls = [hanging.url, gone.url, hanging.url.replace('http:', 'https:')]
    const endpoints = await Promise.all(
      urls.map((url) => endpointAt(client, url, { event_types: ['verification.created'] })),
    )
    await begin(client)
    await deliver(test, ...endpoints)
    const lists = await Promise.all(endpoints.map((each) => listDeliveries(client, { ...each, ...page })))
    expect(lists.map(({ data }) => data[0])).toMatchObject(
      [
        { status: 'waiting', tries: 1, response_status: null, error: 'TIMEOUT' },
        { status: 'waiting', tries: 1, response_status: null, error: 'ECONNREFUSED' },
        { status: 'waiting', tries: 1, response_status: null, error: /^[A-Z_]+$/ },
      ].map((each) =>
        each.error instanceof RegExp ? { ...each, error: expect.stringMatching(each.error) } : each,
      ),
    )
  })

  it('answered 410 disables the endpoint, and 429 holds everything up for as long as it says', async () => {
    const gone = await receiver(answer(410))
    const busy = await receiver(answer(429, { 'retry-after': '60' }))
    const types = { event_types: ['verification.created' as const] }
    const [first, second] = [
      await endpointAt(client, gone.url, types),
      await endpointAt(client, busy.url, types),
    ]
    await begin(client)
    await deliver(test, first, second)
    expect(await getEndpoint(client, first)).toMatchObject({ enabled: false, disabled_reason: 'gone' })
    expect(await storedFor(test, first)).toMatchObject([{ status: 'failed', tries: 1 }])
    const [waiting] = await storedFor(test, second)
    expect(waiting?.dueIn).toBeGreaterThan(50)
    test.passTime(1000)
    await begin(client)
    await deliver(test, first, second)
    expect([gone.received.length, busy.received.length]).toEqual([1, 1])
    busy.react(answer(204))
    await letPass(test, second, 61)
    await deliver(test, second)
    expect(busy.received.length).toBe(3)
  })
})

describe('an endpoint that fails', () => {
  it('gets everything in order once it is back', async () => {
    const own = await receiver(answer(500))
    const endpoint = await endpointAt(client, own.url)
    const { id, code } = await beginAndRing(test, client)
    await confirm(client, { id, code })
    for (const seconds of [0, 6, 340, 1980]) {
      await letPass(test, endpoint, seconds)
      await deliver(test, endpoint)
    }
    expect(new Set(own.types())).toEqual(new Set(['verification.created']))
    own.react(answer(200))
    own.received.length = 0
    await letPass(test, endpoint, 7920)
    await deliver(test, endpoint)
    expect(own.types()).toEqual(['verification.created', 'attempt.placed', 'verification.approved'])
  })

  it('holds up no other', async () => {
    const [slow, quick] = [await receiver(() => {}), await receiver()]
    const types = { event_types: ['verification.created' as const] }
    const stranger = await test.newTenant('quick')
    const [first, second] = [
      await endpointAt(client, slow.url, types),
      await endpointAt(stranger, quick.url, types),
    ]
    for (let i = 0; i < 30; i++) await begin(client)
    await begin(stranger)
    const delivering = deliver(test, first)
    await deliver(test, second)
    expect(quick.received.length).toBe(1)
    await updateEndpoint(client, { id: first.id, changes: { enabled: false } })
    await delivering
  })

  it('is disabled after five days, with an event in the tenant’s audit', async () => {
    const own = await receiver(answer(500))
    const endpoint = await endpointAt(client, own.url, { event_types: ['verification.created'] })
    await begin(client)
    await deliver(test, endpoint)
    await letPass(test, endpoint, 4.9 * 86_400)
    await deliver(test, endpoint)
    expect(await getEndpoint(client, endpoint)).toMatchObject({ enabled: true })
    await letPass(test, endpoint, 0.2 * 86_400)
    await deliver(test, endpoint)
    expect(await getEndpoint(client, endpoint)).toMatchObject({ enabled: false, disabled_reason: 'failing' })
    const [event] = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where type = 'endpoint.disabled' and data like ${`%${endpoint.id}%`}`
    expect(JSON.parse(event?.data ?? '')).toEqual({
      endpoint: endpoint.id,
      livemode: false,
      reason: 'failing',
    })
    // What waits is sent once it is enabled.
    own.react(answer(200))
    await updateEndpoint(client, { id: endpoint.id, changes: { enabled: true } })
    await letPass(test, endpoint, 86_400)
    await deliver(test, endpoint)
    expect(await storedFor(test, endpoint)).toMatchObject([{ status: 'delivered' }])
    expect(await getEndpoint(client, endpoint)).toMatchObject({ failing_since: null, disabled_reason: null })
  })

  it('ends a delivery after ten tries, and then sends the next event of the verification', async () => {
    const own = await receiver((one, response) => {
      response.writeHead(one.body.type === 'verification.created' ? 500 : 200).end()
    })
    const endpoint = await endpointAt(client, own.url, {
      event_types: ['verification.created', 'verification.cancelled'],
    })
    const { id } = await begin(client)
    await cancel(client, { id })
    for (let i = 0; i < 10; i++) {
      await deliver(test, endpoint)
      const [first] = await storedFor(test, endpoint)
      await letPass(test, endpoint, (first?.dueIn ?? 0) + 1)
    }
    expect(own.types()).toEqual([...Array(10).fill('verification.created'), 'verification.cancelled'])
    expect(await storedFor(test, endpoint)).toMatchObject([
      { status: 'failed', tries: 10 },
      { status: 'delivered', tries: 1 },
    ])
  })
})

it('a deleted endpoint’s deliveries end', async () => {
  const own = await receiver(answer(500))
  const endpoint = await endpointAt(client, own.url)
  await begin(client)
  await deliver(test, endpoint)
  await deleteEndpoint(client, endpoint)
  await sweepDeliveries(test.worker)
  await letPass(test, endpoint, 10)
  await deliver(test, endpoint)
  expect(own.received.length).toBe(1)
  expect((await storedFor(test, endpoint)).map(({ status }) => status)).toEqual(['cancelled'])
})

it('a delivery is sent again on request, under the same id', async () => {
  const own = await receiver()
  const endpoint = await endpointAt(client, own.url)
  const sent = await testEndpoint(client, endpoint)
  await deliver(test, endpoint)
  await redeliver(client, sent)
  await deliver(test, endpoint)
  expect(own.received.map(({ id, body }) => [id, body.type])).toEqual([
    [sent.event, 'webhook.test'],
    [sent.event, 'webhook.test'],
  ])
})
