import type { Context } from '../context.ts'
import { describeError } from '../process/log.ts'
import { createShares } from '../process/shares.ts'
import { CONCURRENCY } from '../queue/jobs.ts'
import { publicId } from '../values/ids.ts'
import { type Claimed, claimDue, type Endpoint } from './claim.ts'
import { webhookId } from './outbox.ts'
import { sealContext, signedHeaders, signersOf } from './secret.ts'
import { type Answer, post } from './send.ts'
import { settle } from './settle.ts'

/** Requests to one endpoint in progress at a time in one process. */
const PER_ENDPOINT = 20
/** How long a lane waits for room, in milliseconds; it is also woken by its own requests. */
const CROWDED_MS = 500

export type Lanes = {
  /** Delivers what is due for an endpoint. Returns at once. */
  wake(endpointId: string): void
  /** Resolves when nothing is being delivered. */
  idle(): Promise<void>
  /** Begins no more requests; resolves when those in progress are recorded. */
  drain(): Promise<void>
}

type Lane = { sending: number; again: boolean; done: Promise<void>; nudge(): void }

/**
 * Delivers for each endpoint in a lane of its own, so that a slow one holds up no other. What waits stays in
 * PostgreSQL: a lane holds only what it is sending.
 */
export function createLanes(context: Context, { timeoutMs }: { timeoutMs?: number } = {}): Lanes {
  const lanes = new Map<string, Lane>()
  const places = createShares(CONCURRENCY.deliver, 2)
  let closed = false

  function roomFor(endpointId: string, { sending }: Lane): number {
    let room = PER_ENDPOINT - sending
    while (room > 0 && !places.fits(endpointId, room)) room--
    return room
  }

  async function deliver(endpoint: Endpoint, claimed: Claimed, lane: Lane): Promise<void> {
    lane.sending += 1
    places.add(endpoint.id, 1)
    try {
      const answer = await tryOnce(context, endpoint, claimed, timeoutMs)
      await settle(context.db, endpoint, claimed, answer)
    } catch (error) {
      const delivery = publicId('delivery', claimed.id)
      context.log.error({ delivery, ...describeError(error) }, 'delivery failed: left to the sweep')
    } finally {
      lane.sending -= 1
      places.add(endpoint.id, -1)
      // The next one of its verification may be due now.
      lane.again = true
      lane.nudge()
    }
  }

  async function run(endpointId: string, lane: Lane): Promise<void> {
    while (!closed) {
      const nudged = new Promise<void>((resolve) => {
        lane.nudge = resolve
      })
      const room = roomFor(endpointId, lane)
      if (room > 0 && lane.again) {
        lane.again = false
        const due = await claimDue(context.db, endpointId, room)
        if (!due) continue
        for (const claimed of due.claimed) void deliver(due.endpoint, claimed, lane)
        if (due.more) lane.again = true
      } else if (lane.sending > 0) {
        await nudged
      } else if (lane.again) {
        await Promise.race([nudged, new Promise((resolve) => setTimeout(resolve, CROWDED_MS))])
      } else {
        return
      }
    }
    while (lane.sending > 0) {
      await new Promise<void>((resolve) => {
        lane.nudge = resolve
      })
    }
  }

  const finished = () => Promise.all([...lanes.values()].map(({ done }) => done))

  return {
    wake(endpointId) {
      const running = lanes.get(endpointId)
      if (running) {
        running.again = true
        running.nudge()
      }
      if (running || closed) return
      const lane: Lane = { sending: 0, again: true, done: Promise.resolve(), nudge: () => {} }
      lanes.set(endpointId, lane)
      lane.done = run(endpointId, lane)
        .catch((error) => {
          const endpoint = publicId('endpoint', endpointId)
          context.log.error({ endpoint, ...describeError(error) }, 'lane failed: left to the sweep')
        })
        .finally(() => lanes.delete(endpointId))
    },
    async idle() {
      while (lanes.size > 0) await finished()
    },
    async drain() {
      closed = true
      for (const { nudge } of lanes.values()) nudge()
      await finished()
    },
  }
}

async function tryOnce(
  { config, secrets }: Context,
  endpoint: Endpoint,
  { eventId, text }: Claimed,
  timeoutMs: number | undefined,
): Promise<Answer> {
  let signers: ReturnType<typeof signersOf>
  try {
    signers = signersOf(secrets, sealContext(endpoint.id), endpoint, endpoint.now)
  } catch {
    return { status: null, body: null, error: 'SECRET_UNREADABLE', milliseconds: 0, headers: {} }
  }
  return post({
    url: endpoint.url,
    headers: signedHeaders(signers, webhookId(eventId), text),
    body: text,
    allowPrivateTargets: config.allowPrivateTargets,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
}
