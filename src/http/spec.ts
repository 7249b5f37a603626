import type { z } from '@hono/zod-openapi'
import type { ClientContext, Scope } from '../context.ts'
import type { ErrorCode } from '../errors.ts'
import type { Answer } from '../exchange/exchange.ts'

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
