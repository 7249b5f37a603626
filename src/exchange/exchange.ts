import type { ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { ApiKeyActor, ClientActor, DoorActor } from '../context.ts'
import type { Shares } from '../process/shares.ts'

/**
 * An answer to send: `body` as JSON, `text` as it is, or `stream` chunk by chunk as the client reads it, the last
 * two with the content type in `headers`.
 */
export type Answer = {
  status: number
  headers?: Record<string, string>
  body?: unknown
  text?: string
  stream?: AsyncIterable<string>
  /** Takes over the connection: nothing else of the answer but `status` and `headers` is sent. */
  hand?: HandOver
}

/**
 * Gets the connection from `begin`, which sends status and headers, and writes to it until it ends it. May refuse by
 * throwing an `AppError` instead of calling `begin`.
 */
export type HandOver = (begin: () => ServerResponse) => void

/** An answer as it was sent: what the log, the metrics and idempotent replays need. */
export type Sent = { status: number; headers: Record<string, string>; text: string | null }

/** A request's place among those in progress. */
export type Place = {
  /** Counts the request towards the tenant. Throws 503 if the tenant's share or all places are taken. */
  claim(tenantId: string): Promise<void>
  /** Stops counting the request while its body arrives slowly, so that it does not keep others out. */
  pause(): void
  resume(): void
}

/** What is known about one request and its answer. */
export type Exchange = {
  readonly requestId: string
  /** A `performance.now()` value. */
  readonly startedAt: number
  readonly service: Service
  /** The documented path, e.g. `/v1/verifications/{id}`; null until a route matches. */
  route: string | null
  actor: ApiKeyActor | DoorActor | ClientActor | null
  /** Headers for the page of another origin that asks. */
  cors: Readonly<Record<string, string>> | null
  sent: Sent | null
  /** The client's address, as trusted proxies report it; null if it cannot be determined. */
  address(): string | null
  /** Null for requests that are always admitted. */
  place: Place | null
  /** Refused for lack of a place: neither logged nor timed. */
  shed: boolean
}

/** The process's state that every answer depends on. */
export type Service = {
  draining: boolean
  /** Open streams, by tenant. */
  streams: Shares
  /** Bytes of bodies being received, by address. */
  bodies: Shares
}

export type Env = {
  /** `exchange`: of the application that hands the request on. */
  Bindings: Partial<HttpBindings> & { exchange?: Exchange }
  Variables: { exchange: Exchange }
}
export type HttpContext = Context<Env>
export type Middleware = MiddlewareHandler<Env>
