import type { z } from '@hono/zod-openapi'
import type { ClientContext, Scope } from '../context.ts'
import type { ErrorCode } from '../errors.ts'
import type { Answer } from '../exchange/exchange.ts'

/** `type`: the media type of a text without a schema. */
export type AnswerSpec = {
  description: string
  schema?: z.ZodType
  type?: string
  headers?: Record<string, string>
}

/** One route of the API. The same spec drives the handler and the OpenAPI document. */
export type RouteSpec<Query, Body> = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** It may have one parameter, which handlers get as `id`. */
  path: string
  tag: string
  operationId: string
  summary: string
  description?: string
  /** `client`: for the token of one verification, not for API keys. */
  scope: Scope | 'client'
  /** Requires a live key, because the change affects live calls. */
  liveOnly?: boolean | undefined
  /**
   * May end the requesting key itself, `{id}`. With an Idempotency-Key, that key can still fetch the response
   * afterwards.
   */
  mayEndKey?: boolean
  query?: z.ZodType<Query>
  body?: z.ZodType<Body>
  /** An absent body counts as `{}`. */
  bodyOptional?: boolean
  answers: Record<number, AnswerSpec>
  /** Media types besides JSON that a 200 response can have, chosen by `Accept`. */
  produces?: readonly string[]
  /** Besides the errors that every route can return. */
  errors?: ErrorCode[]
}

/**
 * `accept`: the type that the client prefers among those the route produces. `address`: the client's; null if it
 * cannot be determined. `lastEventId`: where a client resumes a stream of events.
 */
export type Input<Query, Body> = {
  id: string
  query: Query
  body: Body
  accept: string
  address: () => string | null
  lastEventId: string | undefined
}

/** Adds one route to the application and to the OpenAPI document. */
export type Mount = <Query, Body>(
  spec: RouteSpec<Query, Body>,
  handle: (context: ClientContext, input: Input<Query, Body>) => Promise<Answer>,
) => void
