import { getCookie } from 'hono/cookie'
import { serialize } from 'hono/utils/cookie'
import type { HttpContext } from '../exchange/exchange.ts'

/** Every cookie of the console. None is readable by scripts or sent along from other sites. */
export const COOKIES = {
  session: 'ringproof_session',
  /** Ties the form of the log-in page to the browser that it was shown to. */
  form: 'ringproof_form',
  language: 'ringproof_language',
  theme: 'ringproof_theme',
} as const

type Name = keyof typeof COOKIES

/** Null where the browser sent none. */
export function readCookie(c: HttpContext, name: Name): string | undefined {
  return getCookie(c, COOKIES[name])
}

/** The value of a `Set-Cookie` header. `maxAgeSeconds` 0 takes the cookie away. */
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
