import type { HttpContext } from '../exchange/exchange.ts'
import { sendText } from '../exchange/send.ts'
import { shell } from './layout.ts'
import type { Page, Visit } from './visit.ts'

/** Everything comes from us, and nothing runs that is not in a file of ours. */
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

/** Answers with a page. */
export async function sendPage(visit: Visit, page: Page, headers: Record<string, string> = {}) {
  const text = String(await shell(visit, page))
  return sendText(visit.c, page.status ?? 200, { ...PAGE_HEADERS, ...headers }, text)
}

/** To another page of the console, with cookies to set on the way. */
export function redirect(c: HttpContext, location: string, cookies: readonly string[] = []): Response {
  const response = sendText(c, 303, { location }, null)
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

const OWN = 'http://own.invalid'
/** Nothing that a proxy or a browser could read as a step up, encoded ones included. */
const PAGE = /^\/console(?:\/(?!\.)[\w.-]+)*\/?$/

/** The path and query of `text` where a browser would find a page of the console there, `otherwise` where it is anything else. */
export function ownPath(text: string | undefined, otherwise = '/console'): string {
  const url = text?.startsWith('/console') ? URL.parse(text, OWN) : null
  return url?.origin === OWN && PAGE.test(url.pathname) ? url.pathname + url.search : otherwise
}
