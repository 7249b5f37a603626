import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { AppError } from '../../errors.ts'
import type { Env, HttpContext } from '../../exchange/exchange.ts'
import { sendText } from '../../exchange/send.ts'
import { say } from '../../words/text.ts'
import { describeProblems } from '../describe.ts'
import { errorList, errorPage } from '../docs/errors.ts'
import { type Html, PAGE_HEADERS, page } from '../docs/layout.ts'
import { policyPage } from '../docs/policy.ts'
import { quickStart } from '../docs/quick-start.ts'
import { reference, schemaReference } from '../docs/reference.ts'
import { STYLE } from '../docs/style.ts'
import { describeApi } from '../openapi.ts'

const CACHED = { 'cache-control': 'public, max-age=300' }

/** `/openapi.json` and `/docs`. Call it last: they describe the routes mounted before. */
export function documentRoutes(hono: OpenAPIHono<Env>, publicUrl: string | undefined): void {
  hono.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'Get this OpenAPI document',
      tags: ['Service'],
      security: [],
      responses: {
        200: {
          description: 'The OpenAPI 3.1 document.',
          content: { 'application/json': { schema: z.looseObject({}) } },
        },
        ...describeProblems(['internal', 'unavailable']),
      },
    }),
  )
  const document = describeApi(hono, publicUrl)
  const text = JSON.stringify(document)
  let described: Html | undefined

  function open(path: string, handle: (c: HttpContext) => Promise<Response> | Response): void {
    const pattern = path.replace(':code', '{code}')
    hono.get(path, (c) => {
      c.get('exchange').route = pattern
      return handle(c)
    })
  }

  open('/openapi.json', (c) => sendText(c, 200, CACHED, text))
  open('/', (c) => sendText(c, 302, { location: '/docs' }, null))
  open('/docs', (c) => {
    described ??= html`${reference(document)}${schemaReference(document)}`
    const url = publicUrl ?? new URL(c.req.url).origin
    return sendPage(c, 'Documentation', html`${quickStart(url)}${described}`)
  })
  open('/docs/style.css', (c) =>
    sendText(c, 200, { ...CACHED, 'content-type': 'text/css; charset=utf-8' }, STYLE),
  )
  open('/docs/policy', (c) => sendPage(c, 'Policy', policyPage(document)))
  open('/docs/errors', (c) => sendPage(c, 'Errors', errorList()))
  open('/docs/errors/:code', (c) => {
    const found = errorPage(c.req.param('code') ?? '')
    if (!found) throw new AppError('not_found', { detail: say('unknown_error_code') })
    return sendPage(c, found.title, found.content)
  })
}

async function sendPage(c: HttpContext, title: string, content: Html): Promise<Response> {
  return sendText(c, 200, PAGE_HEADERS, String(await page(title, content)))
}
