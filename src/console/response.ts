import type { HttpContext } from '../exchange/exchange.ts'
import { sendText } from '../exchange/send.ts'
import { pageHeaders } from '../html/page.ts'
import { linksFor } from './acting.ts'
import { shell } from './layout.ts'
import type { Page, Visit } from './visit.ts'

const PAGE_HEADERS = {
  ...pageHeaders(
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
  ),
  'cross-origin-opener-policy': 'same-origin',
}

/** Answers with a page. */
export async function sendPage(visit: Visit, page: Page, headers: Record<string, string> = {}) {
  const text = await shell(visit, page)
  const own = visit.acting === null ? text : linksFor(text, visit.acting)
  return sendText(visit.c, page.status ?? 200, { ...PAGE_HEADERS, ...headers }, own)
}

/** Redirects to another page of the console and sets cookies. */
export function redirect(c: HttpContext, location: string, cookies: readonly string[] = []): Response {
  const response = sendText(c, 303, { location }, null)
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

const OWN = 'http://own.invalid'
/** Excludes every path that a proxy or browser could resolve to a parent folder, encoded or not. */
const PAGE = /^\/console(?:\/(?!\.)[\w.-]+)*\/?$/

/** The path and query of `text` if browsers resolve it to a page of the console; `otherwise` if not. */
export function ownPath(text: string | undefined, otherwise = '/console'): string {
  const url = text?.startsWith('/console') ? URL.parse(text, OWN) : null
  return url?.origin === OWN && PAGE.test(url.pathname) ? url.pathname + url.search : otherwise
}
