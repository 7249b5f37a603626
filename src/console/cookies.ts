import { getCookie } from 'hono/cookie'
import { serialize } from 'hono/utils/cookie'
import type { HttpContext } from '../exchange/exchange.ts'

/** Every cookie of the console. Scripts cannot read them; requests from other sites do not carry them. The zone of the
 * browser is the exception: `shell.js` sets it.
 */
export const COOKIES = {
  session: 'ringproof_session',
  /** Ties the login form to the browser that loaded it. */
  form: 'ringproof_form',
  language: 'ringproof_language',
  theme: 'ringproof_theme',
  /** The time zone that the user chose. */
  zone: 'ringproof_zone',
  browserZone: 'ringproof_browser_zone',
  /** Set for ten seconds after a form: pages must show its effect, so they are read from the primary. */
  written: 'ringproof_written',
  /** Set once the first steps were hidden. */
  firstRun: 'ringproof_first_run',
} as const

type Name = keyof typeof COOKIES

export function readCookie(c: HttpContext, name: Name): string | undefined {
  return getCookie(c, COOKIES[name])
}

/** The value of a `Set-Cookie` header. `maxAgeSeconds` 0 deletes the cookie. */
export function cookie(
  name: Name,
  value: string,
  { secure, maxAgeSeconds }: { secure: boolean; maxAgeSeconds: number },
): string {
  return serialize(COOKIES[name], value, {
    path: '/console',
    httpOnly: true,
    sameSite: 'Strict',
    secure,
    maxAge: maxAgeSeconds,
  })
}
