import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram } from '../setup/programs.ts'
import { CANCELLED, RINGS } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
import type { Mishap } from './door.ts'
import { admin } from './operators.ts'
import { emptyQueue } from './queue.ts'
import { seeded } from './random.ts'
import { compareSipLedgers } from './sip-ledgers.ts'
import { openSipScene, type SipScene, type Trunk } from './sip-scene.ts'
import { judge } from './verdict.ts'

const CALLS = 50
const WORKER = 'worker-1'
const RINGS_LONG = { settings: { ring_ms: 8_000 } }

type Started = { id: string; phone: string }

describe.skipIf(!hasProgram('sipp'))('over SIP one attempt is one INVITE, and all books agree,', () => {
  let scene: SipScene
  const trunks: Trunk[] = []
  const known: string[] = []
  const stops: (() => void | Promise<void>)[] = []

  beforeAll(async () => {
    scene = await openSipScene((stop) => stops.unshift(stop))
  })
  afterAll(async () => {
    for (const stop of stops) await stop()
  })

  async function openTrunk(...asked: Parameters<SipScene['openTrunk']>): Promise<Trunk> {
    const trunk = await scene.openTrunk(...asked)
    trunks.push(trunk)
    return trunk
  }

  async function begin(count: number, ...route: Trunk[]): Promise<Started[]> {
    const started = await scene.begin(count, ...route)
    known.push(...started.map(({ id }) => id))
    return started
  }

  /** Brings that many phones to ring at once. */
  async function ringing(count: number, trunk: Trunk): Promise<Started[]> {
    const started = await begin(count, trunk)
    const rings = () => trunk.dialogs().filter(({ rang, final }) => rang && final === 0).length
    await waitFor(() => rings() === count, { timeoutMs: 20_000, what: `${count} phones to ring` })
    return started
  }

  /** Waits for the ends, and compares everybody’s books. */
  async function settle(...compared: Trunk[]) {
    const { problems, statuses } = await judge(scene.stack, scene.database.url, trunks, known)
    for (const trunk of compared) problems.push(...(await compareSipLedgers(scene, trunk)))
    expect(problems).toEqual([])
    return statuses
  }

  /** Types the end of the number that called each phone, unless that has happened. Returns the final statuses. */
  async function approve(started: readonly Started[], trunk: Trunk): Promise<Record<string, number>> {
    const statuses: Record<string, number> = {}
    for (const { id, phone } of started) {
      const path = `/v1/verifications/${id}`
      const [number] = await trunk.received(phone)
      const now = await admin(scene.stack, 'GET', path)
      const isDone = now.status === 'approved' || !number
      const { status } = isDone
        ? now
        : await admin(scene.stack, 'POST', `${path}/confirm`, { code: number.slice(-4) })
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    return statuses
  }

  const KILLS: Record<string, (scene: SipScene) => Promise<void>> = {
    'the worker is killed': ({ stack }) => stack.kill(WORKER),
    'the gateway is killed': ({ gateway }) => gateway.kill(),
    'both are killed': async ({ stack, gateway }) => {
      await Promise.all([stack.kill(WORKER), gateway.kill()])
    },
  }
  it.each(Object.keys(KILLS))(
    'when 50 phones ring and %s: each stops, 2 s after a restart of the gateway at most, and has a right code',
    async (what) => {
      const trunk = await openTrunk([...RINGS, ...CANCELLED], RINGS_LONG)
      const started = await ringing(CALLS, trunk)
      await KILLS[what]?.(scene)
      const restartedAt = Date.now()
      if (what !== 'the worker is killed') {
        await scene.gateway.restart()
        await waitFor(() => trunk.heard('CANCEL').length === CALLS, { what: 'a CANCEL for each' })
        expect(Math.max(...trunk.heard('CANCEL')) - restartedAt).toBeLessThan(2_000)
      }
      if (what !== 'the gateway is killed') await scene.stack.restart(WORKER)
      await settle(trunk)
      expect(await approve(started, trunk)).toEqual({ approved: CALLS })
    },
  )

  it('when the queue is emptied while 50 phones ring', async () => {
    const trunk = await openTrunk([...RINGS, ...CANCELLED], RINGS_LONG)
    const started = await ringing(CALLS, trunk)
    await emptyQueue({ databaseUrl: scene.database.url })
    await settle(trunk)
    expect(await approve(started, trunk)).toEqual({ approved: CALLS })
  })

  const MISHAPS: [string, Mishap][] = [
    ['the gateway places the call and its answer is lost', { arrives: true, answer: 'none' }],
    ['the gateway places the call and something in between says 503', { arrives: true, answer: 503 }],
    ['the order is lost', { arrives: false, answer: 'none' }],
    ['something before the gateway says 503', { arrives: false, answer: 503 }],
  ]
  it.each(MISHAPS)('when %s', async (_what, mishap) => {
    const trunk = await openTrunk([...RINGS, ...CANCELLED])
    scene.door.strike(mishap)
    const started = await begin(10, trunk)
    await waitFor(() => scene.door.struck() === started.length, { what: 'every order' })
    scene.door.strike(null)
    await settle(trunk)
    expect(trunk.dialogs()).toHaveLength(mishap.arrives ? 10 : 0)
    if (mishap.arrives) expect(await approve(started, trunk)).toEqual({ approved: 10 })
  })

  it('when the trunk says 503 with Retry-After: certainly no call, and the next trunk rings', async () => {
    const refuses = await openTrunk(['recv INVITE', '503 Service Unavailable\nRetry-After: 1', 'recv ACK'])
    const rings = await openTrunk([...RINGS, ...CANCELLED])
    const started = await begin(10, refuses, rings)
    await settle(refuses, rings)
    expect([refuses.dialogs().length, rings.dialogs().length]).toEqual([10, 10])
    expect(await approve(started, rings)).toEqual({ approved: 10 })
  })

  it('when the network loses a tenth of the packets and repeats a tenth, in both directions', async () => {
    const random = seeded(11)
    const carry = (message: string) => {
      const fate = random()
      return fate < 0.1 ? [] : fate < 0.2 ? [message, message] : [message]
    }
    const trunk = await openTrunk([...RINGS, ...CANCELLED], { carry })
    await begin(CALLS, trunk)
    const { problems } = await judge(scene.stack, scene.database.url, trunks, known)
    problems.push(...(await compareSipLedgers(scene, trunk, { isLossy: true })))
    expect(problems).toEqual([])
  })

  it('and every verification reaches a final status', async () => {
    await waitFor(async () => (await scene.unfinished()) === 0, { timeoutMs: 120_000, what: 'all to end' })
  }, 150_000)
})
