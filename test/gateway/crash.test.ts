import { describe, expect, it } from 'vitest'
import { hasProgram } from '../setup/programs.ts'
import { CANCELLED, RINGS } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
import { startPeer } from './peer.ts'
import { trunkThat } from './sipp.ts'
import { startGatewayProcess } from './support.ts'

const KILL_AT = new URL('./kill-at.ts', import.meta.url).href

/** When a gateway was ready, by its own log: one time for each start. */
const readyTimes = (log: string): number[] =>
  log
    .split('\n')
    .filter((line) => line.includes('gateway ready'))
    .map((line) => new Date(JSON.parse(line).time).getTime())

describe.skipIf(!hasProgram('sipp'))('a gateway that is killed', () => {
  it('while 50 phones ring: all are cancelled by the next start, none is called again, every call ends', async () => {
    const gateway = await startGatewayProcess()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    const settings = { ...trunk.settings, max_in_flight: 100, max_per_second: 1000 }
    const order = (i: number) => ({ id: `attempt-${i}`, ring_ms: 15_000 })
    expect((await gateway.place(settings, order(0))).body.state).toBe('alerted')
    await Promise.all(Array.from({ length: 49 }, (_, i) => gateway.place(settings, order(i + 1))))
    expect(trunk.received('CANCEL')).toHaveLength(0)

    await gateway.kill()
    await gateway.restart()
    const ready = await waitFor(() => readyTimes(gateway.logs())[1] ?? 0, { what: 'the second start’s log' })
    // The order that lost its answer comes again.
    expect((await gateway.place(settings, order(7))).status).toBe(200)
    for (let i = 0; i < 50; i += 1) {
      const call = await gateway.ended(`attempt-${i}`)
      expect(call).toMatchObject({ sip_status: 487, verdict: { status: 'no_answer' } })
      expect(Date.parse(call.cancelled_at ?? ''), 'cancelled before anything else').toBeLessThanOrEqual(ready)
    }
    await waitFor(() => trunk.received('ACK').length >= 50, { what: 'the ACK of every 487' })
    const invited = trunk.received('INVITE').map(({ callId }) => callId)
    expect([invited.length, new Set(invited).size]).toEqual([50, 50])
    expect(new Set(trunk.received('CANCEL').map(({ callId }) => callId)).size).toBe(50)

    const span = `from=${new Date(Date.now() - 600_000).toISOString()}&to=${new Date(Date.now() + 1000).toISOString()}`
    const records = (await gateway.request('GET', `/v1/calls?${span}&phone=%2B79243555100`)).body.data
    expect(records).toHaveLength(50)
    const page = (await gateway.request('GET', `/v1/calls?${span}&limit=20`)).body
    const rest = (await gateway.request('GET', `/v1/calls?${span}&limit=40&after=${page.next}`)).body
    expect([...page.data, ...rest.data]).toEqual(records)
    expect([page.data.length, rest.next]).toEqual([20, null])
    expect((await gateway.request('GET', `/v1/calls?${span}&limit=501`)).status).toBe(422)
    expect(gateway.logs()).not.toMatch(/4951234567|9243555100/)
    expect(records[0]).toMatchObject({
      state: 'ended',
      from: '+74951234567',
      verdict: { status: 'no_answer' },
    })
  })

  it('after a call ended: the end is known, and nothing more is sent', async () => {
    const gateway = await startGatewayProcess()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    const { id } = await gateway.place(trunk.settings)
    const before = await gateway.ended(id)
    await gateway.kill()
    await gateway.restart()
    expect(await gateway.get(id)).toEqual(before)
    expect((await gateway.place(trunk.settings, { id })).body).toEqual(before)
    expect([trunk.received('INVITE').length, trunk.received('CANCEL').length]).toEqual([1, 1])
  })

  it('before a phone rang, at a trunk that then knows no such call: what became of it is unknown', async () => {
    const gateway = await startGatewayProcess()
    const trunk = await trunkThat(['recv INVITE', '100 Trying', 'recv CANCEL', '481 Unknown'])
    const { id, body } = await gateway.place(trunk.settings)
    expect(body.state).toBe('proceeding')
    await gateway.kill()
    await gateway.restart()
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'unknown', unclear: true })
    expect(trunk.received('INVITE')).toHaveLength(1)
  })

  it.each([
    ['before the order is synced', 'sync', 0, { status: 'unknown', unclear: true }],
    ['between the sync and the INVITE', 'send', 0, { status: 'unknown', unclear: true }],
    ['after the final reply, before the end is noted', 'end', 1, { status: 'no_answer', assumed: true }],
  ])('%s: its calls end, and an order that comes again dials nothing', async (_when, point, dialled, end) => {
    const gateway = await startGatewayProcess({ NODE_OPTIONS: `--import=${KILL_AT}`, TEST_KILL_AT: point })
    const peer = await startPeer((request) => {
      if (request.startsWith('INVITE')) return ['100 Trying', '180 Ringing']
      if (!request.startsWith('CANCEL')) return null
      const isKnown = peer.heard('INVITE').length > 0 && peer.heard('CANCEL').length === 1
      return isKnown ? ['200 OK', 'invite 487 Request Terminated'] : '481 Unknown'
    })
    const order = { id: 'attempt-1' }
    await gateway.place(peer.settings, order).catch(() => null)
    await gateway.exited()
    await gateway.restart()
    expect((await gateway.place(peer.settings, order)).status).toBe(200)
    expect((await gateway.ended('attempt-1')).verdict).toMatchObject(end)
    expect(peer.heard('INVITE')).toHaveLength(dialled)
  })

  it('ends what rings when it is told to stop', async () => {
    const gateway = await startGatewayProcess()
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    await gateway.place(trunk.settings, { ring_ms: 15_000 })
    await gateway.stop()
    expect([trunk.received('CANCEL').length, trunk.received('ACK').length]).toEqual([1, 1])
  })
})
