import type { Headers, Response } from 'sip'
import type { TrunkSettings } from '../../schemas.ts'
import type { LineHooks } from '../engine.ts'
import { isOwnReply, newThread, type Shared, transact } from './context.ts'
import { answerChallenge, isStale } from './digest.ts'
import { type Local, registerFor } from './requests.ts'
import type { Target } from './wire.ts'

/** After a failure that is not about our credentials. */
const RETRY_MS = 30_000
const TRIES_MAX = 4
/** A longer timer than 24 days would fire at once. */
const SECONDS_MAX = 86_400

export type Registration = { registered(): boolean; close(): void }

/**
 * Registers (RFC 3261 §10) and renews in time. `where`: the trunk’s address at the moment; null: unknown. A
 * redirection is not followed.
 */
export function keepRegistered(
  shared: Shared,
  settings: TrunkSettings,
  where: () => { target: Target; local: Local } | null,
  hooks: LineHooks,
): Registration {
  const thread = newThread()
  let seq = 0
  let wanted = settings.register_seconds
  let until = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const again = (ms: number) => {
    clearTimeout(timer)
    if (!closed) timer = setTimeout(() => attempt({}, 1), ms).unref()
  }

  function attempt(authorization: Partial<Headers>, tries: number): void {
    const place = where()
    if (!place) return void again(1_000)
    seq += 1
    const request = registerFor({ settings, ...place, thread, seq, authorization }, wanted)
    transact(shared, request, place.target, (reply) => {
      if (closed || reply.status < 200) return
      if (isOwnReply(reply, request)) return void again(RETRY_MS)
      if (reply.status < 300) return void accepted(reply)
      if (reply.status === 423 && tries < TRIES_MAX) {
        wanted = Math.min(SECONDS_MAX, Math.max(wanted, Number(reply.headers['min-expires']) || wanted * 2))
        return void attempt(authorization, tries + 1)
      }
      const isChallenge = reply.status === 401 || reply.status === 407
      const isAnswered = Object.keys(authorization).length > 0
      if (isChallenge && tries < TRIES_MAX && (!isAnswered || isStale(reply))) {
        const answer = answerChallenge(reply, request, settings)
        if (answer) return void attempt(answer, tries + 1)
      }
      if (isChallenge || reply.status === 403) {
        until = 0
        hooks.unauthorized()
      }
      again(RETRY_MS)
    })
  }

  function accepted(reply: Response): void {
    const seconds = grantedSeconds(reply) ?? wanted
    until = performance.now() + seconds * 1000
    hooks.registered()
    // Early enough to try twice more.
    again(Math.max(1, Math.min(seconds * 0.8, seconds - 70)) * 1000)
  }

  attempt({}, 1)
  return {
    registered: () => performance.now() < until,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

function grantedSeconds({ headers }: Response): number | null {
  const contact = Array.isArray(headers.contact) ? headers.contact[0]?.params?.expires : undefined
  const seconds = Number(contact ?? headers.expires)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, SECONDS_MAX) : null
}
