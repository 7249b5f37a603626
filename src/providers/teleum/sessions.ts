import { say } from '../../words/text.ts'
import { ProviderFault } from '../provider.ts'

/** What `login` answers, and every other method requires. */
export type Session = { token: string; vivaid: string }

export type Clock = {
  /** Milliseconds. */
  now(): number
  wait(ms: number): Promise<void>
}

/** What an answer says if the session is over. */
export const ENDED = Symbol('session ended')

const LOGIN_EVERY_MS = 10_000
/** Two programs that end each other's session must not log in at the same moment for ever. */
const JITTER_MS = { min: 200, max: 800 }
const USERS_MAX = 1_000

type Held = {
  session: Session | null
  login: Promise<Session> | null
  /** When the last login began. */
  triedAt: number
  /** The operator rejected that login. */
  rejection: ProviderFault | null
}

const clock: Clock = {
  now: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

export type Sessions = ReturnType<typeof createSessions>

/**
 * One session for each user in this process: a second login may end the first. Everybody waits for the same
 * login, and there is at most one in ten seconds, whatever happens.
 */
export function createSessions({ now, wait }: Clock = clock) {
  const held = new Map<string, Held>()

  function of(user: string): Held {
    const known = held.get(user) ?? {
      session: null,
      login: null,
      triedAt: Number.NEGATIVE_INFINITY,
      rejection: null,
    }
    held.delete(user)
    held.set(user, known)
    const [oldest] = held.keys()
    if (held.size > USERS_MAX && oldest !== undefined) held.delete(oldest)
    return known
  }

  async function logIn(own: Held, login: () => Promise<Session>, patienceMs: number): Promise<Session> {
    const leftMs = own.triedAt + LOGIN_EVERY_MS - now()
    if (leftMs > 0) {
      if (own.rejection) throw own.rejection
      const ms = leftMs + JITTER_MS.min + Math.random() * (JITTER_MS.max - JITTER_MS.min)
      if (ms > patienceMs) throw taken()
      await wait(ms)
    }
    own.triedAt = now()
    own.rejection = null
    try {
      own.session = await login()
      return own.session
    } catch (error) {
      const reason = error instanceof ProviderFault ? error.reason : null
      if (reason === 'unauthorized') own.rejection = error as ProviderFault
      // Nobody was asked, so nothing needs to be spaced out.
      if (reason === 'unreachable') own.triedAt = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  function open(own: Held, login: () => Promise<Session>, patienceMs: number): Promise<Session> {
    if (own.session) return Promise.resolve(own.session)
    own.login ??= logIn(own, login, patienceMs).finally(() => {
      own.login = null
    })
    return own.login
  }

  return {
    /**
     * Asks within a session of `user`. If the session is over, logs in once and asks once more. Throws what
     * `login` and `ask` throw, and a fault if the next login may not come within `patienceMs` or the new session is
     * over too.
     */
    async use<T>(
      user: string,
      {
        login,
        ask,
        patienceMs,
      }: { login(): Promise<Session>; ask(session: Session): Promise<T | typeof ENDED>; patienceMs: number },
    ): Promise<T> {
      const own = of(user)
      for (let asked = 0; asked < 2; asked += 1) {
        const session = await open(own, login, patienceMs)
        const told = await ask(session)
        if (told !== ENDED) return told
        if (own.session === session) own.session = null
      }
      throw taken()
    },
  }
}

const taken = () => new ProviderFault('refused', say('fault_session_taken'))
