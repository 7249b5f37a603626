import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { ApiKeyActor } from '../context.ts'
import type { Shares } from './shares.ts'

/** What an answer says; `body` is sent as JSON, `stream` piece by piece as the client takes it, in the type that `headers` say. */
export type Answer = {
  status: number
  headers?: Record<string, string>
  body?: unknown
  stream?: AsyncIterable<string>
}

/** An answer as it was sent: what the log, the metrics and a kept answer need. */
export type Sent = { status: number; headers: Record<string, string>; text: string | null }

/** A request's place among those that are under way. */
export type Place = {
  /** Makes it one of the tenant's. Throws 503 where the tenant has its share already, or all are taken. */
  claim(tenantId: string): Promise<void>
  /** A request whose body arrives slowly must not keep others out: it does not count until the body is there. */
  pause(): void
  resume(): void
}

/** What is known about one request and its answer. */
export type Exchange = {
  readonly requestId: string
  /** Of `performance.now()`. */
  readonly startedAt: number
  readonly service: Service
  /** The path as it is documented, `/v1/verifications/{id}`; null while it matches nothing. */
  route: string | null
  actor: ApiKeyActor | null
  sent: Sent | null
  /** The client's address as proxies tell it; null where nobody can. */
  address(): string | null
  /** Null for what is always let in. */
  place: Place | null
  /** Refused for want of a place: neither logged nor timed. */
  shed: boolean
}

/** State of the process that every answer depends on. */
export type Service = {
  draining: boolean
  /** Answers that are written piece by piece, by tenant. */
  streams: Shares
  /** Bytes of bodies that are on their way, by address. */
  bodies: Shares
}

export type Env = { Bindings: Partial<HttpBindings>; Variables: { exchange: Exchange } }
export type HttpContext = Context<Env>
export type Middleware = MiddlewareHandler<Env>
