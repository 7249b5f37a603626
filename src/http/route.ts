import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { forgetAll } from '../briefly.ts'
import type { App, ClientContext, Scope } from '../context.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { Claim } from '../idempotency/claim.ts'
import { requireLive } from '../livemode.ts'
import { validate } from '../validate.ts'
import { preferred } from './accept.ts'
import { parseBody, readBody } from './body.ts'
import { describeRoute } from './describe.ts'
import type { Answer, Env, HttpContext } from './exchange.ts'
import { soleHeader } from './headers.ts'
import type { createGate } from './middleware/authenticate.ts'
import type { createOnce } from './middleware/idempotency.ts'
import { readQuery } from './query.ts'
import { send } from './send.ts'

export type AnswerSpec = { description: string; schema?: z.ZodType; headers?: Record<string, string> }

/** One route of the API: what the document says about it is what happens. */
export type RouteSpec<Query, Body> = {
  method: 'get' | 'post' | 'patch' | 'delete'
  /** `{id}` names the only parameter that there is. */
  path: string
  tag: string
  operationId: string
  summary: string
  description?: string
  scope: Scope
  /** Only for live keys: live calls depend on it. */
  liveOnly?: boolean | undefined
  /** It may end the key that asks, `{id}`: with an Idempotency-Key, that key learns the answer also afterwards. */
  mayEndKey?: boolean
  query?: z.ZodType<Query>
  body?: z.ZodType<Body>
  /** The body may be missing altogether, and is then `{}`. */
  bodyOptional?: boolean
  answers: Record<number, AnswerSpec>
  /** Types beside JSON that the 200 answer can have, as `Accept` wishes. */
  produces?: readonly string[]
  /** Beyond those that every route can answer. */
  errors?: ErrorCode[]
}

/** `accept`: which of the types that the route produces the client likes best. */
export type Input<Query, Body> = { id: string; query: Query; body: Body; accept: string }

/** Adds one route to the application and to its document. */
export type Mount = <Query, Body>(
  spec: RouteSpec<Query, Body>,
  handle: (context: ClientContext, input: Input<Query, Body>) => Promise<Answer>,
) => void

type Parts = {
  hono: OpenAPIHono<Env>
  app: App
  gate: ReturnType<typeof createGate>
  once: ReturnType<typeof createOnce>
}

/**
 * Every route goes the same way: key and scope, body, Idempotency-Key, validation, verb, answer. One handler instead of a chain
 * of them, since each link of a chain costs every request.
 */
export function createMount({ hono, app, gate, once }: Parts): Mount {
  /** Paths without a parameter: no id can be one of them. */
  const words = new Set<string>()
  return function mount(spec, handle) {
    hono.openAPIRegistry.registerPath(describeRoute(spec))

    if (!spec.path.includes('{id}')) words.add(spec.path)

    async function serve(c: HttpContext, next: () => Promise<void>): Promise<Response> {
      // `/v1/verifications/confirm` is no verification: it has methods of its own.
      if (words.has(c.req.path) && c.req.path !== spec.path) {
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
        if (actor.hasEnded && !claim?.remembered) throw endedKey()
        const query = validateQuery(c, spec)
        const accept = spec.produces
          ? preferred(c.req.header('accept'), [JSON_TYPE, ...spec.produces])
          : JSON_TYPE
        return handle(claim ? { ...context, claim } : context, {
          id: c.req.param('id') ?? '',
          query,
          body: validateBody(text, spec),
          accept,
        })
      }
      const key = spec.method === 'post' ? soleHeader(c, 'Idempotency-Key') : undefined
      try {
        return key === undefined ? send(c, await run()) : await once(c, context, { key, text }, run)
      } finally {
        if (spec.scope === 'admin' && spec.method !== 'get') forgetAll()
      }
    }

    hono.on(spec.method.toUpperCase(), spec.path.replace('{id}', ':id'), serve)
  }
}

function endedKey(): AppError {
  return new AppError('unauthorized', { detail: 'This API key is unknown, expired or revoked.' })
}

const JSON_TYPE = 'application/json'
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
