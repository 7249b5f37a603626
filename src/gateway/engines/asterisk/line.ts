import { setTimeout as pause } from 'node:timers/promises'
import type { TrunkSettings } from '../../schemas.ts'
import type { Line, Standing } from '../engine.ts'
import type { Ari } from './ari.ts'

const PAUSE_MS = 50
/** How often an endpoint is looked at where the trunk’s settings say nothing. */
const LOOK_EVERY_MS = 30_000

/** A trunk as an endpoint of Asterisk: `server` is its name there. Asterisk registers it and knows its password. */
export function createEndpoint(ari: Ari, settings: TrunkSettings, place: Line['place']): Line {
  let options: Standing['options'] = null

  async function look(): Promise<void> {
    const state = await ari.endpoint(settings.server).catch(() => null)
    options = { at: Date.now(), status: state === null || state === 'offline' ? 0 : 200 }
  }
  const timer = setInterval(() => void look(), settings.options_seconds * 1000 || LOOK_EVERY_MS).unref()
  const isUsable = () => ari.isOpen() && options?.status === 200

  return {
    async place(order, hooks) {
      if (!ari.isOpen()) throw new Error('Asterisk’s events are not heard')
      return place(order, hooks)
    },
    async isReady(waitMs) {
      const deadline = performance.now() + waitMs
      while (!isUsable()) {
        await look()
        if (isUsable()) break
        if (performance.now() > deadline) return false
        await pause(PAUSE_MS)
      }
      return true
    },
    standing: () => ({
      registered: settings.register ? isUsable() : null,
      address: options?.status === 200 ? settings.server : null,
      options,
    }),
    close: () => clearInterval(timer),
  }
}
