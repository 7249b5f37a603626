import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase } from '../setup/database.ts'
import { waitFor } from '../setup/wait.ts'
import { startAsterisk } from './asterisk.ts'
import { startGatewayProcess, startTestGateway } from './support.ts'

const trunk = { server: 'trunk' }

async function start(more: { recordsUrl?: string; silenceMs?: number } = {}) {
  const asterisk = await startAsterisk()
  const gateway = await startTestGateway({ asterisk: { ...asterisk.settings, ...more } })
  /** Orders a call and resolves to its id once Asterisk has it. */
  async function dial(more: Record<string, unknown> = {}) {
    const id = randomUUID()
    const placing = gateway.place(trunk, { ...more, id })
    await waitFor(() => asterisk.channel(id))
    return { id, placing }
  }
  return { asterisk, gateway, dial }
}

describe('a call through Asterisk', () => {
  it('has the attempt’s id, rings as long as ordered, and is hung up', async () => {
    const { asterisk, gateway, dial } = await start()
    const { id, placing } = await dial()
    asterisk.ring(id)
    expect((await placing).body).toMatchObject({ state: 'alerted', alerted: true })
    expect(asterisk.channel(id)?.order).toEqual({
      endpoint: 'PJSIP/+79243555100@trunk',
      app: 'ringproof',
      callerId: '+74951234567',
      timeout: 11,
    })
    expect(await gateway.ended(id)).toMatchObject({
      sip_status: 487,
      verdict: { status: 'no_answer', assumed: false },
    })
    expect((await gateway.place(trunk, { id })).status).toBe(200)
    expect(asterisk.orders()).toHaveLength(1)
    expect(asterisk.requests.filter((each) => each.startsWith('DELETE'))).toHaveLength(1)
  })

  it.each([
    ['404 without a cause of the network', 1, 404, { status: 'unreachable' }],
    ['404 with Q.850 22', 22, 404, { status: 'no_such_number' }],
    ['603', 21, 603, { refusal: 'other' }],
    ['403', 21, 403, { refusal: 'unauthorized' }],
    ['503', 34, 503, { refusal: 'unavailable' }],
    ['a cause alone, rejected', 21, undefined, { refusal: 'other' }],
    ['a cause alone, congestion', 34, undefined, { refusal: 'unavailable' }],
    ['408, which Asterisk makes up when no reply comes', 18, 408, { status: 'unknown', unclear: true }],
    ['a cause alone, its own timeout', 19, undefined, { status: 'unknown', unclear: true }],
    ['nothing that says why', 0, undefined, { status: 'unknown', unclear: true }],
  ])('that ends before it rings with %s is read by its reply', async (_what, cause, reply, verdict) => {
    const { asterisk, dial } = await start()
    const { id, placing } = await dial()
    asterisk.end(id, cause, reply)
    expect((await placing).body).toMatchObject({ state: 'ended', verdict })
  })

  it('that rings first and then is busy was rejected by its person', async () => {
    const { asterisk, gateway, dial } = await start()
    const { id, placing } = await dial()
    asterisk.dial(id, 'RINGING')
    await placing
    asterisk.end(id, 17, 486)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'busy' })
  })

  it('with an announcement in place of ringing counts as progress', async () => {
    const { asterisk, gateway, dial } = await start()
    const { id, placing } = await dial()
    asterisk.dial(id, 'PROGRESS')
    await placing
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer', assumed: true })
  })

  it('that is answered is hung up at once', async () => {
    const { asterisk, gateway, dial } = await start()
    const { id, placing } = await dial({ ring_ms: 15_000 })
    asterisk.ring(id)
    await placing
    asterisk.answer(id)
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'answered' })
    await waitFor(() => !asterisk.channel(id))
  })

  it('is certainly no call where Asterisk refuses, and none is placed without its events', async () => {
    const { asterisk, gateway } = await start()
    asterisk.faults.originate = 500
    expect((await gateway.place(trunk)).body.verdict).toMatchObject({ refusal: 'unavailable' })
    asterisk.faults.originate = 400
    expect((await gateway.place(trunk)).body.verdict).toMatchObject({ refusal: 'other' })
    expect((await gateway.place({ server: 'unknown' }, { trunkId: 'unknown' })).status).toBe(503)
    asterisk.faults.endpoint = 'offline'
    expect((await gateway.place(trunk, { trunkId: 'offline' })).body.error).toBe('unregistered')
    asterisk.faults.endpoint = 'online'
    asterisk.faults.refuseEvents = true
    asterisk.cutEvents()
    await waitFor(async () => (await gateway.place(trunk)).body.error === 'unregistered')
    const before = asterisk.orders().length
    expect((await gateway.place(trunk)).status).toBe(503)
    expect(asterisk.orders()).toHaveLength(before)
  })

  it('whose order lost its answer is found, and not ordered again', async () => {
    const { asterisk, gateway, dial } = await start()
    asterisk.faults.originate = 'cut'
    const { id, placing } = await dial()
    asterisk.ring(id)
    expect((await placing).body).toMatchObject({ state: 'alerted' })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    expect(asterisk.orders()).toHaveLength(1)
  })

  it('continues when the events were lost for a while, and is ended if it was answered meanwhile', async () => {
    const { asterisk, gateway, dial } = await start()
    const first = await dial({ ring_ms: 15_000 })
    asterisk.ring(first.id)
    await first.placing
    const second = await dial({ ring_ms: 1500 })
    asterisk.cutEvents()
    asterisk.answer(first.id)
    asterisk.ring(second.id)
    expect((await gateway.ended(first.id)).verdict).toMatchObject({ status: 'answered' })
    await waitFor(async () => (await gateway.get(second.id)).alerted)
    expect((await gateway.ended(second.id)).verdict).toMatchObject({ status: 'no_answer' })
    await second.placing
  })

  it('that ended unheard is unclear without records, and read from them where they are', async () => {
    const database = await createTestDatabase()
    const client = new pg.Client(database.url)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('create table cdr (uniqueid varchar(150), disposition varchar(45))')
    const without = await start()
    const lost = await without.dial()
    without.asterisk.cutEvents()
    without.asterisk.end(lost.id, 17, 486)
    expect((await without.gateway.ended(lost.id)).verdict).toMatchObject({ status: 'unknown', unclear: true })

    const { asterisk, gateway, dial } = await start({ recordsUrl: database.url })
    const { id } = await dial()
    asterisk.cutEvents()
    asterisk.end(id, 16)
    await client.query(`insert into cdr values ($1, 'ANSWERED')`, [id])
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'answered' })
    const second = await dial()
    asterisk.cutEvents()
    asterisk.end(second.id, 34, 503)
    await client.query(`insert into cdr values ($1, 'CONGESTION')`, [second.id])
    expect((await gateway.ended(second.id)).verdict).toMatchObject({ status: 'unknown', unclear: true })
  })

  it('at a silent trunk has an unknown end, whether its time or a request ends it', async () => {
    const { asterisk, gateway, dial } = await start()
    const timed = await dial({ setup_ms: 1000 })
    const asked = await dial()
    await asked.placing
    await gateway.request('DELETE', `/v1/calls/${asked.id}`)
    for (const { id } of [timed, asked]) {
      expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'unknown', unclear: true })
      expect(asterisk.channel(id)).toBeUndefined()
    }
  })

  it('that a trunk refuses while it is hung up was certainly refused', async () => {
    const { asterisk, gateway, dial } = await start()
    const { id, placing } = await dial()
    await placing
    asterisk.faults.hangUp = 500
    await gateway.request('DELETE', `/v1/calls/${id}`)
    asterisk.end(id, 34, 503)
    expect((await gateway.ended(id)).verdict).toMatchObject({ refusal: 'unavailable' })
  })

  it('is hung up however often Asterisk fails to do it', async () => {
    const { asterisk, gateway, dial } = await start()
    asterisk.faults.hangUp = 500
    const { id, placing } = await dial()
    asterisk.ring(id)
    await placing
    await waitFor(() => asterisk.requests.filter((each) => each.startsWith('DELETE')).length >= 2)
    asterisk.faults.hangUp = null
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    expect(asterisk.channel(id)).toBeUndefined()
  })

  it('goes on when the connection of its events is dead but looks open', async () => {
    const { asterisk, gateway, dial } = await start({ silenceMs: 1000 })
    const { id, placing } = await dial({ setup_ms: 20_000 })
    asterisk.faults.halfOpen = true
    asterisk.ring(id)
    await waitFor(() => gateway.faults().length > 0, { what: 'the gateway to notice' })
    asterisk.faults.halfOpen = false
    await placing
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer', assumed: false })
  })

  it('keeps the connection of its events while it is alive', async () => {
    const { asterisk, gateway, dial } = await start({ silenceMs: 300 })
    const { id, placing } = await dial({ ring_ms: 1500 })
    asterisk.ring(id)
    await placing
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    expect(gateway.faults()).toEqual([])
  })

  it.each([
    ['by the next', false],
    ['by the next once Asterisk is there again', true],
  ])('of a killed gateway is hung up %s, and not dialled again', async (_when, isAway) => {
    const asterisk = await startAsterisk()
    const { url, user, password } = asterisk.settings
    const env = { GATEWAY_ENGINE: 'asterisk', ARI_URL: url, ARI_USER: user, ARI_PASSWORD: password }
    const gateway = await startGatewayProcess({}, env)
    const order = { id: 'attempt-1', ring_ms: 15_000 }
    const placing = gateway.place(trunk, order)
    await waitFor(() => asterisk.channel(order.id))
    asterisk.ring(order.id)
    expect((await placing).body.state).toBe('alerted')
    await gateway.kill()
    asterisk.cutEvents()
    asterisk.faults.down = isAway
    await gateway.restart()
    if (isAway) await waitFor(() => gateway.logs().includes('Asterisk: HTTP 503'))
    asterisk.faults.down = false
    expect((await gateway.place(trunk, order)).status).toBe(200)
    expect((await gateway.ended(order.id)).verdict).toMatchObject({ status: 'no_answer', assumed: false })
    expect([asterisk.channel(order.id), asterisk.orders().length]).toEqual([undefined, 1])
    expect(gateway.logs()).not.toMatch(/secret of ari|9243555100|4951234567/)
  })
})
