import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { describeProblems } from '../describe.ts'
import type { Env } from '../exchange.ts'
import { describeApi } from '../openapi.ts'
import { sendText } from '../send.ts'

const CACHED = { 'cache-control': 'public, max-age=300' }

/** `/openapi.json`, with everything that was mounted before. */
export function documentRoutes(hono: OpenAPIHono<Env>, publicUrl: string | undefined): void {
  hono.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This document',
      tags: ['Service'],
      security: [],
      responses: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.looseObject({}) } } },
        ...describeProblems(['internal', 'unavailable']),
      },
    }),
  )
  const text = JSON.stringify(describeApi(hono, publicUrl))
  hono.get('/openapi.json', (c) => {
    c.get('exchange').route = '/openapi.json'
    return sendText(c, 200, CACHED, text)
  })
}
