import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { describeError } from '../process/log.ts'
import { say } from '../words/text.ts'

const LOOK_MS = 500
/** With more listeners than this, the process looks half as often. */
const MANY = 2000
const IDS_AT_ONCE = 1000
/** A user's page has one stream, and a few while it reconnects. */
const PER_VERIFICATION = 5

export type Watch = {
  /** Resolves to true at a change, and to false after `ms` milliseconds or when the process stops. */
  changed(ms: number): Promise<boolean>
  /** Ends the waiting too. */
  end(): void
  readonly ended: boolean
}

export type Hub = {
  /** Watches a verification (UUID) from a version on. Throws 429 for too many watches of one verification. */
  watch(verificationId: string, version: number): Watch
  /** Ends all watches: clients reconnect to another process. */
  close(): void
}

type Listener = {
  version: number
  wake: ((changed: boolean) => void) | null
  isNews: boolean
  ended: boolean
}

/** Learns for all listeners of the process, in one statement, whose verifications have changed. */
export function createHub({ db, log }: Pick<App, 'db' | 'log'>): Hub {
  const listeners = new Map<string, Set<Listener>>()
  let closed = false
  let isLooking = false

  async function lookAt(ids: string[]): Promise<void> {
    const rows = await db.sql<{ id: string; version: number }[]>`
      select id, audit_seq as version from verifications where id = any(${ids}::uuid[])`
    for (const { id, version } of rows) {
      for (const listener of listeners.get(id) ?? []) {
        if (listener.version === version) continue
        listener.version = version
        listener.isNews = true
        listener.wake?.(true)
      }
    }
  }

  async function look(): Promise<void> {
    isLooking = true
    while (listeners.size > 0 && !closed) {
      const pause = listeners.size > MANY ? 2 * LOOK_MS : LOOK_MS
      await new Promise((resolve) => setTimeout(resolve, pause))
      try {
        const ids = [...listeners.keys()]
        for (let i = 0; i < ids.length; i += IDS_AT_ONCE) await lookAt(ids.slice(i, i + IDS_AT_ONCE))
      } catch (error) {
        log.warn(describeError(error), 'client events wait for the database')
      }
    }
    isLooking = false
  }

  return {
    watch(id, version) {
      const own = listeners.get(id) ?? new Set<Listener>()
      if (own.size >= PER_VERIFICATION) {
        throw new AppError('too_many_requests', { detail: say('client_streams'), retryAfterSeconds: 5 })
      }
      const listener: Listener = { version, wake: null, isNews: false, ended: closed }
      listeners.set(id, own.add(listener))
      if (!isLooking) void look()
      return {
        changed(ms) {
          if (listener.ended) return Promise.resolve(false)
          return new Promise((resolve) => {
            const done = (changed: boolean) => {
              clearTimeout(timer)
              listener.wake = null
              if (changed) listener.isNews = false
              resolve(changed)
            }
            const timer = setTimeout(done, ms, false)
            listener.wake = done
            if (listener.isNews) done(true)
          })
        },
        end() {
          listener.ended = true
          own.delete(listener)
          if (own.size === 0 && listeners.get(id) === own) listeners.delete(id)
          listener.wake?.(false)
        },
        get ended() {
          return listener.ended
        },
      }
    },

    close() {
      closed = true
      for (const listener of [...listeners.values()].flatMap((own) => [...own])) {
        listener.ended = true
        listener.wake?.(false)
      }
    },
  }
}
