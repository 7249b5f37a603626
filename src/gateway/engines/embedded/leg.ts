import type { Headers, Request, Response, Transaction } from 'sip'
import sip from 'sip'
import type { TrunkSettings } from '../../schemas.ts'
import type { CallHooks, Leg, Order } from '../engine.ts'
import { isOwnReply, newBranch, newThread, type Shared, transact } from './context.ts'
import { answerChallenge, isStale } from './digest.ts'
import {
  ackFor,
  cancelFor,
  causeOf,
  inDialog,
  inviteFor,
  type LegRecord,
  type Local,
  legOf,
} from './requests.ts'
import type { Target } from './wire.ts'

/** How long late replies to a call are still answered. */
const STRAY_MS = 180_000
/** The first INVITE, one with credentials, and one more if the nonce was too old. */
const INVITES_MAX = 3

export type LegOptions = {
  settings: TrunkSettings
  target: Target
  local: Local
  /** The addresses of the trunk. */
  addresses: ReadonlySet<string>
  order: Order
  hooks: CallHooks
}

/** Places one call. Resolves once its INVITE has left; rejects if it could not be recorded, and none left. */
export async function placeLeg(shared: Shared, options: LegOptions): Promise<Leg> {
  const { settings, target, local, order, hooks } = options
  const thread = newThread()
  const leave = shared.wire.allow(target.address)
  let current: { request: Request; transaction: Transaction; leg: LegRecord; heardBack: boolean } | null =
    null
  let invites = 0
  let wantsCancel = false
  let over = false
  const hungUp = new Set<string>()

  const unwatch = shared.wire.watch(target, (wasOpen) => {
    if (!current || current.heardBack) return
    current.transaction.shutdown()
    // Only a connection that never opened certainly took nothing with it.
    finish(wasOpen || invites > 1 ? { kind: 'lost' } : { kind: 'final', status: 503, q850: null })
  })

  function finish(heard: Parameters<CallHooks['hear']>[0]): void {
    if (over) return
    over = true
    unwatch()
    if (current) keepStray(shared, current.leg, options.addresses, leave, hungUp)
    hooks.hear(heard)
  }

  async function invite(authorization: Partial<Headers>): Promise<void> {
    invites += 1
    const expiresSeconds = Math.ceil(order.lastsMs / 1000)
    const { from, to } = order
    const request = inviteFor({
      settings,
      target,
      local,
      thread,
      seq: invites,
      from,
      to,
      expiresSeconds,
      authorization,
    })
    const gate = { open: false }
    const transaction = transact(shared, request, target, (reply) => heard(request, reply), gate)
    const leg = legOf(request, target)
    try {
      await hooks.record(leg)
    } catch (error) {
      transaction.shutdown()
      throw error
    }
    if (over || (wantsCancel && invites > 1)) {
      transaction.shutdown()
      return finish({ kind: 'final', status: 487, q850: null })
    }
    current = { request, transaction, leg, heardBack: false }
    gate.open = true
    shared.wire.send(request, target)
  }

  function heard(request: Request, reply: Response): void {
    if (current?.request !== request) return
    if (isOwnReply(reply, request)) return void finish({ kind: 'lost' })
    const isFirst = !current.heardBack
    current.heardBack = true
    if (reply.status < 200) {
      if (isFirst && (wantsCancel || over)) sendCancel(shared, current.leg)
      const kind = reply.status === 100 ? 'trying' : reply.status === 180 ? 'ringing' : 'progress'
      if (!over) hooks.hear({ kind })
      return
    }
    if (reply.status < 300) {
      hangUp(shared, current.leg, reply, options.addresses, hungUp)
    } else if ((reply.status === 401 || reply.status === 407) && !over) {
      const mayTry = invites === 1 || (invites < INVITES_MAX && isStale(reply))
      const answer = mayTry ? answerChallenge(reply, request, settings) : null
      if (answer && !wantsCancel) {
        invite(answer).catch(() => finish({ kind: 'final', status: 487, q850: null }))
        return
      }
      if (answer) return void finish({ kind: 'final', status: 487, q850: null })
    }
    finish({ kind: 'final', status: reply.status, q850: causeOf(reply) })
  }

  try {
    await invite({})
  } catch (error) {
    unwatch()
    leave()
    throw error
  }
  return {
    cancel() {
      if (wantsCancel || over) return
      wantsCancel = true
      if (current?.heardBack) sendCancel(shared, current.leg)
    },
    drop() {
      current?.transaction.shutdown()
      finish({ kind: 'lost' })
    },
  }
}

/** Ends a call of an earlier process: CANCEL at once, since nothing is known of replies. */
export function resumeLeg(shared: Shared, leg: LegRecord, hear: CallHooks['hear']): Leg {
  const leave = shared.wire.allow(leg.target.address)
  let over = false
  keepStray(shared, leg, new Set([leg.target.address]), leave, new Set(), (reply) => {
    if (over) return
    over = true
    hear({ kind: 'final', status: reply.status, q850: causeOf(reply) })
  })
  const cancel = cancelFor(leg)
  transact(shared, cancel, leg.target, (reply) => {
    // The trunk knows no such call, which has ended or never arrived there; or the trunk is gone.
    if (over || (reply.status !== 481 && !isOwnReply(reply, cancel))) return
    over = true
    hear({ kind: 'lost' })
  })
  return {
    cancel() {},
    drop() {
      over = true
    },
  }
}

function sendCancel(shared: Shared, leg: LegRecord): void {
  transact(shared, cancelFor(leg), leg.target, () => {})
}

/** Acknowledges an answer, and ends the call that it began. Of a call that forked, several phones may answer. */
function hangUp(
  shared: Shared,
  leg: LegRecord,
  reply: Response,
  addresses: ReadonlySet<string>,
  hungUp: Set<string>,
): void {
  const ack = inDialog(leg, reply, 'ACK', newBranch())
  const target = nextHop(ack, leg.target, addresses)
  shared.wire.send(ack, target)
  const tag = reply.headers.to.params?.tag ?? ''
  if (hungUp.has(tag)) return
  hungUp.add(tag)
  transact(shared, inDialog(leg, reply, 'BYE', newBranch()), target, () => {})
}

/** Where a request within a dialog goes. Only to the trunk, whatever address a reply names. */
function nextHop(request: Request, target: Target, addresses: ReadonlySet<string>): Target {
  const route = request.headers.route as { uri: { host: string; port: number } }[] | undefined
  const hop = route?.[0]?.uri ?? sip.parseUri(request.uri)
  if (!hop || !addresses.has(hop.host) || hop.port > 65_535) return target
  return { ...target, address: hop.host, port: hop.port || 5060 }
}

/**
 * Answers what still arrives when a call is over here: rings that begin late are cancelled, answers hung up,
 * other ends acknowledged.
 */
function keepStray(
  shared: Shared,
  leg: LegRecord,
  addresses: ReadonlySet<string>,
  leave: () => void,
  hungUp: Set<string>,
  heard: (reply: Response) => void = () => {},
): void {
  let cancelled = false
  const answer = (reply: Response) => {
    if (reply.status < 200) {
      if (!cancelled) sendCancel(shared, leg)
      cancelled = true
      return
    }
    if (reply.status < 300) {
      hangUp(shared, leg, reply, addresses, hungUp)
    } else shared.wire.send(ackFor(leg, reply), leg.target)
    heard(reply)
  }
  shared.strays.set(leg.callId, { target: leg.target, heard: answer })
  setTimeout(() => {
    shared.strays.delete(leg.callId)
    leave()
  }, STRAY_MS).unref()
}
