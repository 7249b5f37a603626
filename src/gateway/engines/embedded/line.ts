import type { TrunkSettings } from '../../schemas.ts'
import type { CallHooks, Line, LineHooks, Order, Standing } from '../engine.ts'
import { isOwnReply, newThread, type Shared, transact } from './context.ts'
import { placeLeg } from './leg.ts'
import { keepRegistered, type Registration } from './registration.ts'
import { type Local, optionsFor } from './requests.ts'
import { resolveTrunk } from './resolve.ts'
import type { Target } from './wire.ts'

const RESOLVE_EVERY_MS = 60_000
/** How long an address that did not answer is used only if there is no other. */
const DOWN_MS = 60_000
const PAUSE_MS = 25

/** The use of one trunk: where it is, whether it has registered us, whether it answers. */
export function createLine(shared: Shared, settings: TrunkSettings, hooks: LineHooks): Line {
  const addresses = new Set<string>()
  const leaves: (() => void)[] = []
  const down = new Map<string, number>()
  let targets: Target[] = []
  let local: Local | null = null
  let options: Standing['options'] = null
  let closed = false
  const timers: NodeJS.Timeout[] = []

  let resolving: Promise<void> | null = null
  /** However many calls wait for the name, it is asked for once at a time. */
  function resolve(): Promise<void> {
    resolving ??= takeAddresses()
      .catch(() => {})
      .finally(() => {
        resolving = null
      })
    return resolving
  }

  async function takeAddresses(): Promise<void> {
    const found = await resolveTrunk(settings, shared.allowPrivateTargets)
    if (closed || found.length === 0) return
    for (const { address } of found) {
      if (addresses.has(address)) continue
      addresses.add(address)
      shared.trunks.set(address, addresses)
      leaves.push(shared.wire.allow(address))
    }
    targets = found
    const [first] = found
    if (first) local = await shared.localFor(first, settings.public_address, settings.sdp_port)
  }

  const isUp = ({ address }: Target) => (down.get(address) ?? 0) < performance.now()
  function where(): { target: Target; local: Local } | null {
    const target = targets.find(isUp) ?? targets[0]
    return target && local ? { target, local } : null
  }

  const thread = newThread()
  let seq = 0
  function askOptions(): void {
    const place = where()
    if (!place) return
    seq += 1
    const request = optionsFor({ settings, ...place, thread, seq, authorization: {} })
    transact(shared, request, place.target, (reply) => {
      if (reply.status < 200) return
      const status = isOwnReply(reply, request) ? 0 : reply.status
      options = { at: Date.now(), status }
      if (status === 0) down.set(place.target.address, performance.now() + DOWN_MS)
      else down.delete(place.target.address)
    })
  }

  let registration: Registration | null = null
  resolve().then(() => {
    if (closed) return
    if (settings.register) registration = keepRegistered(shared, settings, where, hooks)
    if (settings.options_seconds > 0) {
      askOptions()
      timers.push(setInterval(askOptions, settings.options_seconds * 1000).unref())
    }
  })
  timers.push(setInterval(() => void resolve(), RESOLVE_EVERY_MS).unref())

  const canCall = () => where() !== null && (!settings.register || registration?.registered() === true)

  return {
    async place(order: Order, callHooks: CallHooks) {
      const place = where()
      if (!place) throw new Error('the trunk has no address')
      return placeLeg(shared, {
        settings,
        ...place,
        addresses,
        order,
        hooks: {
          ...callHooks,
          hear(heard) {
            if (heard.kind === 'lost') down.set(place.target.address, performance.now() + DOWN_MS)
            callHooks.hear(heard)
          },
        },
      })
    },
    async isReady(waitMs) {
      const deadline = performance.now() + waitMs
      if (targets.length === 0) void resolve()
      while (!canCall() && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
      return canCall()
    },
    standing: () => ({
      registered: settings.register ? registration?.registered() === true : null,
      address: where()?.target.address ?? null,
      options,
    }),
    close() {
      closed = true
      registration?.close()
      for (const timer of timers) clearInterval(timer)
      for (const leave of leaves) leave()
    },
  }
}
