import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ClientAccess } from '../../client/access.ts'
import { addressWithResult, requireAllowed } from '../../client/result.ts'
import type { App, ClientActor } from '../../context.ts'
import { AppError, titleOf } from '../../errors.ts'
import type { Env, HttpContext } from '../../exchange/exchange.ts'
import { toAppError } from '../../exchange/problem.ts'
import { sendText } from '../../exchange/send.ts'
import { hostedPage, PAGE_HEADERS, troublePage } from './page.ts'

const SCRIPT = 'text/javascript; charset=utf-8'
const FILES = {
  'page.css': { type: 'text/css; charset=utf-8', path: 'assets/page.css' },
  'page.js': { type: SCRIPT, path: 'assets/page.js' },
  'ringproof-verify.js': { type: SCRIPT, path: '../../../sdk/web/dist/ringproof-verify.js' },
}

const TEXT_MAX = 2000

/** The hosted page, for those who have no front end: the web component, and the way back to the tenant's site. */
export function hostedRoutes(hono: OpenAPIHono<Env>, app: App, { enter }: ClientAccess): void {
  const files = Object.entries(FILES).map(([name, { type, path }]) => {
    const text = readFileSync(new URL(path, import.meta.url), 'utf8')
    return { name, type, text, etag: `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"` }
  })
  for (const { name, type, text, etag } of files) {
    hono.get(`/verify/assets/${name}`, (c) => {
      c.get('exchange').route = '/verify/assets/{name}'
      // Other sites may load the component from here.
      const headers = {
        'cache-control': 'public, max-age=300',
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        etag,
      }
      if (c.req.header('if-none-match') === etag) return sendText(c, 304, headers, null)
      return sendText(c, 200, { ...headers, 'content-type': type }, text)
    })
  }

  open('/verify/:token', async (c, actor) => {
    const { address, state } = target(c, actor)
    const query = new URLSearchParams()
    if (address) query.set('return', address.href)
    if (state !== undefined) query.set('state', state)
    const token = c.req.param('token') ?? ''
    const back = address && { host: address.host, href: `/verify/${token}/return?${query}` }
    return sendText(c, 200, PAGE_HEADERS, await hostedPage({ language: languageOf(c), token, back }))
  })

  open('/verify/:token/return', async (c, actor) => {
    const { address, state } = target(c, actor)
    if (!address) throw new AppError('not_found')
    const context = { ...app, actor, requestId: c.get('exchange').requestId }
    const location = await addressWithResult(context, { id: actor.verificationId, address, state })
    return sendText(c, 303, { location }, null)
  })

  /** Adds a page of the token in its path. The path is logged as a pattern: it holds the token. */
  function open(path: string, handle: (c: HttpContext, actor: ClientActor) => Promise<Response>): void {
    hono.get(path, async (c) => {
      c.get('exchange').route = path.replace(':token', '{token}')
      try {
        return await handle(c, await enter(c, c.req.param('token') ?? ''))
      } catch (thrown) {
        const error = toAppError(thrown, app.log, c.get('exchange').requestId)
        const isOver = error.code === 'unauthorized'
        const page = await troublePage(languageOf(c), isOver ? null : titleOf(error.code))
        return sendText(c, error.status, PAGE_HEADERS, page)
      }
    })
  }
}

/** Where the tenant wants the user back, if anywhere, and its own text that it gets back with the result. */
function target(
  c: HttpContext,
  { allowedOrigins }: ClientActor,
): { address: URL | null; state: string | undefined } {
  const [address, state] = [c.req.query('return'), c.req.query('state')]
  if ([address, state].some((text) => (text?.length ?? 0) > TEXT_MAX)) throw new AppError('invalid_request')
  return { address: address === undefined ? null : requireAllowed(address, allowedOrigins), state }
}

function languageOf(c: HttpContext): 'en' | 'ru' {
  const wanted = c.req.query('locale') ?? c.req.header('accept-language') ?? ''
  return /^ru\b/i.test(wanted) ? 'ru' : 'en'
}
