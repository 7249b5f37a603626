import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../errors.ts'
import type { Env, HttpContext } from '../../exchange/exchange.ts'
import { sendText } from '../../exchange/send.ts'
import { say } from '../../words/text.ts'
import { describeProblems, UNREADABLE } from '../describe.ts'
import { ASSETS } from '../docs/assets.ts'
import { DOCS_HEADERS, DRAWING_HEADERS } from '../docs/layout.ts'
import { createSite, type Site } from '../docs/site.ts'
import { type ApiDocument, describeApi } from '../openapi/describe-api.ts'

const CACHED = { 'cache-control': 'public, max-age=300' }

/** `/openapi.json` and `/docs`, made when first asked for: they describe every mounted route. */
export function documentRoutes(hono: OpenAPIHono<Env>, publicUrl: string | undefined): void {
  hono.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'Get the OpenAPI document',
      description: 'This description of the API, for programs that generate clients or send requests.',
      tags: ['Service'],
      security: [],
      responses: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.looseObject({}) } } },
        ...describeProblems(['internal', 'unavailable']),
        ...UNREADABLE,
      },
    }),
  )
  let document: ApiDocument | undefined
  const api = () => {
    document ??= describeApi(hono, publicUrl)
    return document
  }
  let text: string | undefined
  let site: Site | undefined
  const docs = () => {
    site ??= createSite(api())
    return site
  }

  function open(path: string, handle: (c: HttpContext) => Promise<Response> | Response): void {
    const pattern = path.replace(/:(\w+)/, '{$1}')
    hono.get(path, (c) => {
      c.get('exchange').route = pattern
      return handle(c)
    })
  }

  async function sendPage(c: HttpContext): Promise<Response> {
    const page = await docs().page(c.req.path, publicUrl ?? new URL(c.req.url).origin)
    if (page === null) throw new AppError('not_found', { detail: say('no_such_address') })
    return sendText(c, 200, DOCS_HEADERS, page)
  }

  open('/openapi.json', (c) => {
    text ??= JSON.stringify(api())
    return sendText(c, 200, CACHED, text)
  })
  open('/', (c) => sendText(c, 302, { location: '/docs' }, null))
  for (const { name, type, text } of ASSETS) {
    open(`/docs/${name}`, (c) => sendText(c, 200, { ...CACHED, 'content-type': type }, text))
  }
  open('/docs/search.json', (c) =>
    sendText(c, 200, { ...CACHED, 'content-type': 'application/json' }, docs().search()),
  )
  for (const path of ['/docs', '/docs/policy', '/docs/lists', '/docs/errors']) open(path, sendPage)
  for (const path of ['/docs/errors/:code', '/docs/reference/:tag']) open(path, sendPage)
  open('/docs/guides/:name', (c) => {
    const drawing = docs().drawing(c.req.param('name') ?? '')
    if (drawing === undefined) return sendPage(c)
    return sendText(c, 200, { ...CACHED, ...DRAWING_HEADERS }, drawing)
  })
}
