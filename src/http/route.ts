import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { requireLive } from '../access/livemode.ts'
import type { App, Claim, ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { parseBody, readBody } from '../exchange/body.ts'
import type { Env, HttpContext } from '../exchange/exchange.ts'
import { soleHeader } from '../exchange/headers.ts'
import { readQuery } from '../exchange/query.ts'
import { send } from '../exchange/send.ts'
import { validate } from '../input/validate.ts'
import { say } from '../words/text.ts'
import { preferred } from './accept.ts'
import { describeRoute } from './describe.ts'
import type { createGate } from './middleware/authenticate.ts'
import type { createOnce } from './middleware/idempotency.ts'
import type { Mount } from './spec.ts'

type Parts = {
  hono: OpenAPIHono<Env>
  app: App
  gate: ReturnType<typeof createGate>
  once: ReturnType<typeof createOnce>
  /** Answers what a browser asks before a page of another origin sends a request. */
  preflight: (c: HttpContext) => Promise<Response>
}

/**
 * Handles every route alike: key and scope, body, Idempotency-Key, validation, verb, response. One handler
 * rather than a middleware chain, because each link of a chain costs every request.
 */
export function createMount({ hono, app, gate, once, preflight }: Parts): Mount {
  /** Paths without a parameter. They take precedence over `{id}`. */
  const fixedPaths = new Set<string>()
  return function mount(spec, handle) {
    hono.openAPIRegistry.registerPath(describeRoute(spec))

    const [, parameter] = /\{(\w+)\}/.exec(spec.path) ?? []
    if (!parameter) fixedPaths.add(spec.path)

    async function serve(c: HttpContext, next: () => Promise<void>): Promise<Response> {
      // `/v1/verifications/confirm` is not a verification id: it has its own methods.
      if (fixedPaths.has(c.req.path) && c.req.path !== spec.path) {
        await next()
        return c.res
      }
      const exchange = c.get('exchange')
      exchange.route = spec.path
      const rotating = spec.mayEndKey && c.req.header('idempotency-key') ? c.req.param('id') : undefined
      const actor = await gate(c, spec.scope, rotating)
      if (spec.liveOnly) requireLive(actor)
      const context: ClientContext = { ...app, actor, requestId: exchange.requestId }
      const text = spec.body ? await readBody(c) : ''
      const run = (claim?: Claim) => {
        if ('hasEnded' in actor && !claim?.remembered) throw endedKey()
        const query = validateQuery(c, spec)
        const accept = spec.produces
          ? preferred(c.req.header('accept'), [JSON_TYPE, ...spec.produces])
          : JSON_TYPE
        return handle(claim ? { ...context, claim } : context, {
          id: (parameter && c.req.param(parameter)) ?? '',
          query,
          body: validateBody(text, spec),
          accept,
          address: exchange.address,
          lastEventId: spec.answers[200]?.type === EVENTS_TYPE ? c.req.header('last-event-id') : undefined,
        })
      }
      const key = spec.method === 'post' ? soleHeader(c, 'Idempotency-Key') : undefined
      return key === undefined ? send(c, await run()) : once(c, context, { key, text }, run)
    }

    const path = spec.path.replace(/\{(\w+)\}/, ':$1')
    hono.on(spec.method.toUpperCase(), path, serve)
    if (spec.scope === 'client') hono.options(path, preflight)
  }
}

function endedKey(): AppError {
  return new AppError('unauthorized', { detail: say('key_refused') })
}

const JSON_TYPE = 'application/json'
export const EVENTS_TYPE = 'text/event-stream'
const NO_QUERY = z.strictObject({})

function validateQuery<Query>(c: HttpContext, { query }: { query?: z.ZodType<Query> }): Query {
  if (query) return validate(query, readQuery(c.req.url), 'query')
  if (c.req.url.includes('?')) validate(NO_QUERY, readQuery(c.req.url), 'query')
  return undefined as Query
}

function validateBody<Body>(
  text: string,
  { body, bodyOptional }: { body?: z.ZodType<Body>; bodyOptional?: boolean },
): Body {
  if (!body) return undefined as Body
  return validate(body, bodyOptional && text === '' ? {} : parseBody(text), 'body')
}
