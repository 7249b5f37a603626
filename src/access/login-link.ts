import { randomUUID } from 'node:crypto'
import type { Secrets } from '../secrets.ts'

/** A link that logs in once. `until`: seconds since 1970. */
export type LoginLink = { id: string; until: number }

const CONTEXT = 'console link'
const LIFE_SECONDS = 15 * 60

/** The path of a link that logs in with the printed test key, once, within 15 minutes, from this machine. */
export function newLoginLink(secrets: Secrets): string {
  const link: LoginLink = { id: randomUUID(), until: Math.floor(Date.now() / 1000) + LIFE_SECONDS }
  const token = secrets.seal(JSON.stringify(link), CONTEXT).toString('base64url')
  return `/console/enter?token=${token}`
}

/** Reads a link's token; null for a forged or expired one. */
export function readLoginLink(secrets: Secrets, token: string): LoginLink | null {
  try {
    const link = JSON.parse(secrets.open(Buffer.from(token, 'base64url'), CONTEXT)) as LoginLink
    return link.until > Date.now() / 1000 ? link : null
  } catch {
    return null
  }
}
