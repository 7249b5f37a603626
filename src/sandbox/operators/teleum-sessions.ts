import { randomBytes } from 'node:crypto'
import { namespaceOf } from '../credentials.ts'

const IDLE_MS = 15 * 60_000
const WRONG_MAX = 3
const LOCKED_MS = 3_600_000

type User = {
  session: { token: string; usedAt: number } | null
  wrong: number
  lockedUntil: number
  /** Ended sessions are told in two ways, in turn. */
  ended: number
  logins: number
}

/** The users of the simulated Teleum: one for each namespace, `{namespace}@sandbox.example`. */
export function createUsers(now: (namespace: string) => number) {
  const users = new Map<string, User>()
  function of(namespace: string): User {
    const known = users.get(namespace) ?? { session: null, wrong: 0, lockedUntil: 0, ended: 0, logins: 0 }
    users.set(namespace, known)
    return known
  }
  return {
    of,
    /** The namespace of a user who may log in; null for a wrong password, and for an hour after three of them. */
    logIn(email: string, password: string): { namespace: string; token: string } | null {
      const namespace = /^([0-9a-f]{32})@sandbox\.example$/.exec(email)?.[1] ?? ''
      const user = of(namespace)
      user.logins += 1
      if (user.lockedUntil > now(namespace)) return null
      if (namespace === '' || namespaceOf(password) !== namespace) {
        user.wrong += 1
        if (user.wrong >= WRONG_MAX) {
          user.wrong = 0
          user.lockedUntil = now(namespace) + LOCKED_MS
        }
        return null
      }
      user.wrong = 0
      // A second login ends the first session.
      user.session = { token: randomBytes(16).toString('hex'), usedAt: now(namespace) }
      return { namespace, token: user.session.token }
    },
    /** The namespace of a session; null if it is over: fifteen minutes without a request. */
    holder(token: string): string | null {
      for (const [namespace, { session }] of users) {
        if (session?.token !== token) continue
        if (now(namespace) - session.usedAt > IDLE_MS) return null
        session.usedAt = now(namespace)
        return namespace
      }
      return null
    },
    /** `vivaid`, the id of a user. */
    idOf: (namespace: string) => Number.parseInt(namespace.slice(0, 6), 16) + 1,
  }
}
