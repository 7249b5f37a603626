import { randomBytes, randomUUID } from 'node:crypto'
import type { Secrets } from '../secrets.ts'

/** The content of the session cookie, sealed. `until`: seconds since 1970. */
export type Session = { id: string; keyId: string; csrf: string; until: number }

export const SESSION_SECONDS = 8 * 3600
const CONTEXT = 'console session'

/** A session that starts now. */
export function newSession(keyId: string): Session {
  const until = Math.floor(Date.now() / 1000) + SESSION_SECONDS
  return { id: randomUUID(), keyId, csrf: randomBytes(18).toString('base64url'), until }
}

/** The value of the cookie. */
export function sealSession(secrets: Secrets, session: Session): string {
  return secrets.seal(JSON.stringify(session), CONTEXT).toString('base64url')
}

/** Null for a missing, foreign or expired cookie. */
export function openSession(secrets: Secrets, cookie: string | undefined): Session | null {
  const session = openSealed<Session>(secrets, cookie, CONTEXT)
  return session && session.until > Date.now() / 1000 ? session : null
}

/** Opens and parses a value that `seal` closed under the same context; null for anything else. */
export function openSealed<T>(secrets: Secrets, text: string | undefined, context: string): T | null {
  if (!text || text.length > 4000) return null
  try {
    return JSON.parse(secrets.open(Buffer.from(text, 'base64url'), context)) as T
  } catch {
    return null
  }
}
