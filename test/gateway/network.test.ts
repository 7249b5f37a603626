import dns from 'node:dns/promises'
import { syncBuiltinESMExports } from 'node:module'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasProgram } from '../setup/programs.ts'
import { CANCELLED, RINGS, scenario, startSipp } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
import { callIdOf, startPeer } from './peer.ts'
import { startRelay } from './relay.ts'
import { trunkThat } from './sipp.ts'
import { startTestGateway } from './support.ts'

/** Loses each tenth datagram and delivers each seventh twice. */
function badly() {
  let seen = 0
  return (message: string) => {
    seen += 1
    if (seen % 10 === 0) return []
    return seen % 7 === 0 ? [message, message] : [message]
  }
}

/** Makes a host name known to this process, with several addresses. */
function nameAddresses(name: string, addresses: string[]) {
  const { lookup } = dns
  const ours = async (wanted: string, options: object) =>
    wanted === name ? addresses.map((address) => ({ address, family: 4 })) : lookup(wanted, options)
  dns.lookup = ours as typeof lookup
  syncBuiltinESMExports()
  onTestFinished(() => {
    dns.lookup = lookup
    syncBuiltinESMExports()
  })
}

describe.skipIf(!hasProgram('sipp'))('a trunk', () => {
  it('with two addresses, of which the first answers 503, gets one INVITE', async () => {
    const gateway = await startTestGateway()
    const first = await trunkThat(['recv INVITE', '503 Service Unavailable\nRetry-After: 1', 'recv ACK'])
    const { port } = first.settings
    const second = await startSipp(scenario(...RINGS, ...CANCELLED), { address: '127.0.0.3', port })
    onTestFinished(() => second.stop())
    nameAddresses('two.trunk.test', [first.settings.server, '127.0.0.3'])
    const placed = await gateway.place({ server: 'two.trunk.test', port })
    expect(placed.body).toMatchObject({ state: 'ended', verdict: { refusal: 'unavailable' } })
    await waitFor(() => first.received('ACK').length === 1)
    expect([first.received('INVITE').length, second.received('INVITE').length]).toEqual([1, 0])
  })

  it('on a network that loses and repeats packets: every call ends, none is dialled twice', async () => {
    const gateway = await startTestGateway({ patienceMs: 4000 })
    const trunk = await trunkThat([...RINGS, ...CANCELLED])
    const network = await startRelay(trunk.settings, badly())
    const settings = { ...network, max_in_flight: 100, max_per_second: 1000 }
    // The first shows that the trunk takes our calls.
    await waitFor(async () => (await gateway.place(settings)).body.alerted)
    const before = new Set(trunk.received('INVITE').map(({ callId }) => callId))
    const placed = await Promise.all(Array.from({ length: 40 }, () => gateway.place(settings)))
    expect(placed.map(({ status }) => status)).toEqual(placed.map(() => 201))
    for (const { id } of placed) {
      expect((await gateway.ended(id, 30_000)).verdict?.status).toMatch(/no_answer|unreachable|unknown/)
    }
    const dialogs = trunk.received('INVITE').map(({ callId }) => callId)
    expect(dialogs.length).toBeGreaterThan(40)
    expect(new Set(dialogs.filter((callId) => !before.has(callId))).size).toBeLessThanOrEqual(40)
  })
})

describe('a trunk with a limit of its own', () => {
  /** Ten calls at once, like many contracts. */
  const counting = async (refusal: string) => {
    const ringing = new Set<string>()
    return startPeer((request) => {
      const callId = callIdOf(request)
      if (request.startsWith('CANCEL')) {
        ringing.delete(callId)
        return ['200 OK', 'invite 487 Request Terminated']
      }
      if (!request.startsWith('INVITE')) return null
      if (ringing.size >= 10 && !ringing.has(callId)) return refusal
      ringing.add(callId)
      return ['100 Trying', '180 Ringing']
    })
  }

  it.each(['503 Service Unavailable', '486 Busy Here\nReason: Q.850;cause=34', '429 Too Many Requests'])(
    'refuses the eleventh call with %s: certainly no call, and not sent again',
    async (refusal) => {
      const gateway = await startTestGateway()
      const peer = await counting(refusal)
      const settings = { ...peer.settings, max_in_flight: 100, max_per_second: 1000 }
      const order = { ring_ms: 2000 }
      const first = await gateway.place(settings, order)
      const placed = [
        first,
        ...(await Promise.all(Array.from({ length: 10 }, () => gateway.place(settings, order)))),
      ]
      const refused = placed.filter(({ body }) => body.state === 'ended')
      expect(refused.map(({ body }) => body.verdict.refusal)).toEqual(['unavailable'])
      for (const { id, body } of placed) {
        if (body.state === 'ended') continue
        expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer', assumed: false })
      }
      expect(new Set(peer.heard('INVITE').map(callIdOf)).size).toBe(11)
    },
  )
})
