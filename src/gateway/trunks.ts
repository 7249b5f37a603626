import { createHash } from 'node:crypto'
import type { Engine, Line, Standing } from './engines/engine.ts'
import { createRate, type Rate } from './rate.ts'
import type { TrunkSettings } from './schemas.ts'

/** Why no call can be placed: `channels` and `rate` pass, the others last. */
export type TrunkRefusal = 'stopped' | 'unregistered' | 'channels' | 'rate'

/** Trunks ban an address that sends wrong credentials: after so many refusals in a row nothing more leaves. */
const FAILURES_MAX = 2
/** How long a call waits for a registration, or for the first call to show that the credentials are right. */
const READY_WAIT_MS = 1_500
const PAUSE_MS = 25
/** Accounts are told of every minute. */
const TOLD_MS = 600_000

export type Trunk = {
  id: string
  settings: TrunkSettings
  line: Line
  /** What a call says of the credentials. `ok`: they were not in question, or right. */
  learn(proof: 'ok' | 'unauthorized'): void
  /** Gives the place of one call back. */
  release(): void
}

export type TrunkView = Standing & {
  id: string
  stopped: boolean
  /** Whether the trunk’s last word on our credentials was no. */
  unauthorized: boolean
  in_flight: number
  calls_last_second: number
}

export type Trunks = {
  /** Takes a trunk as told, and waits a moment for its registration. */
  tell(id: string, settings: TrunkSettings): Promise<void>
  /** Ends the stop of a trunk and of its lines (`id-…`): a person has looked after them. */
  restart(id: string): void
  /** Claims a place for one call on the trunk that was told with it. */
  claim(id: string, settings: TrunkSettings): Promise<Trunk | TrunkRefusal>
  view(id: string): TrunkView | null
  /** Gives up trunks that nobody has told of for ten minutes. A stopped one stays stopped. */
  forget(): void
  close(): void
}

type Held = Trunk & {
  fingerprint: string
  failures: number
  /** Whether the trunk has taken our credentials since the last failure. */
  isProven: boolean
  rate: Rate
  toldAt: number
}

/** Clocks jump; this one does not. */
const now = () => performance.now()

/** Trunks live in memory only: passwords are in no file, and callers tell their trunk with each call. */
export function createTrunks(engine: Engine): Trunks {
  const held = new Map<string, Held>()
  /** Calls in flight; they outlive a change of settings. */
  const open = new Map<string, number>()
  const inFlight = (id: string) => open.get(id) ?? 0

  function hold(id: string, settings: TrunkSettings, fingerprint: string): Held {
    held.get(id)?.line.close()
    const trunk: Held = {
      id,
      settings,
      fingerprint,
      failures: 0,
      // Without a password there is none to guess.
      isProven: settings.password === '',
      toldAt: now(),
      rate: createRate(settings.max_per_second),
      learn(proof) {
        trunk.isProven = proof === 'ok'
        trunk.failures = proof === 'ok' ? 0 : trunk.failures + 1
        if (trunk.failures >= FAILURES_MAX) trunk.line.close()
      },
      release: () => void open.set(id, inFlight(id) - 1),
      line: engine.connect(settings, {
        unauthorized: () => trunk.learn('unauthorized'),
        registered: () => trunk.learn('ok'),
      }),
    }
    held.set(id, trunk)
    return trunk
  }

  const isStopped = ({ failures }: Held) => failures >= FAILURES_MAX

  return {
    async tell(id, settings) {
      const fingerprint = fingerprintOf(settings)
      const known = held.get(id)
      const trunk = known?.fingerprint === fingerprint ? known : hold(id, settings, fingerprint)
      trunk.toldAt = now()
      if (!isStopped(trunk)) await trunk.line.isReady(READY_WAIT_MS)
    },
    restart(id) {
      for (const [name, trunk] of held) {
        if (isStopped(trunk) && (name === id || name.startsWith(`${id}-`))) held.delete(name)
      }
    },
    async claim(id, settings) {
      const fingerprint = fingerprintOf(settings)
      const known = held.get(id)
      const trunk = known?.fingerprint === fingerprint ? known : hold(id, settings, fingerprint)
      if (isStopped(trunk)) return 'stopped'
      const deadline = now() + READY_WAIT_MS
      if (!(await trunk.line.isReady(READY_WAIT_MS))) return isStopped(trunk) ? 'stopped' : 'unregistered'
      // Only one call at a time may find out that the password is wrong.
      while (!trunk.isProven && inFlight(id) > 0 && now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
      if (isStopped(trunk)) return 'stopped'
      if (inFlight(id) >= (trunk.isProven ? settings.max_in_flight : 1)) return 'channels'
      if (!trunk.rate.take(now())) return 'rate'
      open.set(id, inFlight(id) + 1)
      trunk.toldAt = now()
      return trunk
    },
    view(id) {
      const trunk = held.get(id)
      if (!trunk) return null
      return {
        id,
        stopped: isStopped(trunk),
        unauthorized: trunk.failures > 0,
        ...trunk.line.standing(),
        in_flight: inFlight(id),
        calls_last_second: trunk.rate.lastSecond(now()),
      }
    },
    forget() {
      for (const [id, trunk] of held) {
        if (isStopped(trunk) || inFlight(id) > 0 || trunk.toldAt > now() - TOLD_MS) continue
        trunk.line.close()
        held.delete(id)
        open.delete(id)
      }
    },
    close() {
      for (const { line } of held.values()) line.close()
    },
  }
}

const fingerprintOf = (settings: TrunkSettings) =>
  createHash('sha256').update(JSON.stringify(settings)).digest('hex')
