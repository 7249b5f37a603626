import { createHash } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import type { SandboxEnv } from '../answers.ts'
import { sandboxSignKey } from '../credentials.ts'
import { createTraits } from '../traits.ts'

/**
 * What a simulated key, its user, route and log can be like, besides the usual. A usual key has a bound user, so
 * `login` and `password` are ignored, even wrong ones.
 */
export const TRAITS = [
  // The key.
  'disabled',
  'address_refused',
  'https_only',
  'client_key',
  'server_key',
  'plain_answers',
  'no_log',
  'post_ignored',
  // The user.
  'inactive',
  'nearly_empty',
  'free_seconds',
  'half_hour_zone',
  // Exchange and route.
  'exception_after_call',
  'carrier_error',
  'caller_replaced',
  // The log.
  'late_rows',
  'other_ids',
  'corrected_rows',
  'busy_log',
  'endless_log',
] as const
export type Trait = (typeof TRAITS)[number]

/** Who may ask what: the traits of each namespace's key, and the addresses that are banned. */
export type Keys = {
  has(namespace: string, trait: Trait): boolean
  /** Bans an address for one request with a wrong key: for all keys, until a control call lifts it. */
  ban(address: string): void
  /** Whether the address is banned; counts the request if it is. */
  isBanned(address: string): boolean
  /**
   * The code of a rejected user; null if the user is right. The document and its example name two codes for a
   * wrong password, so they alternate.
   */
  rejects(namespace: string, key: string, params: Record<string, string>): string | null
  /** Control calls, for the holder of a sandbox key. */
  routes: Hono<SandboxEnv>
}

export function createKeys(): Keys {
  const { has, routes } = createTraits(TRAITS)
  const banned = new Set<string>()
  let requestsAfterBan = 0
  let rejections = 0

  routes.get('/ban', (c) => c.json({ banned: [...banned], requests_after_ban: requestsAfterBan }))
  routes.delete('/ban', (c) => {
    banned.clear()
    requestsAfterBan = 0
    return c.body(null, 204)
  })

  return {
    has,
    routes,
    ban: (address) => void banned.add(address),
    isBanned(address) {
      if (!banned.has(address)) return false
      requestsAfterBan += 1
      return true
    },
    rejects(namespace, key, { login = '', password = '' }) {
      if (has(namespace, 'server_key')) {
        if (login === '') return 'E_AUTH_FAILED'
        return login === 'user' ? null : 'E_DOES_NOT_BELONG_TO_YOU'
      }
      const right = createHash('md5').update(sandboxSignKey(key)).digest('hex')
      if (!has(namespace, 'client_key') || (login === 'user' && password === right)) return null
      rejections += 1
      return rejections % 2 === 1 ? 'E_AUTH_FAILED' : 'E_AUTH_ERROR'
    },
  }
}

/** Where a request comes from. */
export const addressOf = (c: { env: HttpBindings }) => c.env.incoming.socket.remoteAddress ?? ''
