import { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { AppError } from '../errors.ts'
import type { Shares } from '../process/shares.ts'
import { say } from '../words/text.ts'
import type { Answer, HandOver, HttpContext } from './exchange.ts'

/** Sent with every answer: an API has nothing to render, frame or cache. */
const API_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

const JSON_TYPE = 'application/json'

const TOO_MANY_STREAMS = new AppError('unavailable', {
  detail: say('streams_at_capacity'),
  retryAfterSeconds: 3,
})

/**
 * Sends an answer as JSON or as a stream. Sets all headers at once: changing a response later costs twice as
 * much.
 */
export function send(c: HttpContext, { status, headers = {}, body, text, stream, hand }: Answer): Response {
  if (hand) return handOver(c, status, headers, hand)
  if (stream) return sendStream(c, status, headers, stream)
  if (text !== undefined) return sendText(c, status, headers, text)
  return sendText(c, status, headers, body === undefined ? null : JSON.stringify(body))
}

/** Sends text of any type; JSON unless `headers` say otherwise. */
export function sendText(
  c: HttpContext,
  status: number,
  headers: Record<string, string>,
  text: string | null,
): Response {
  const exchange = c.get('exchange')
  exchange.sent = { status, headers, text }
  const all = commonHeaders(c)
  if (text !== null) all['content-type'] = JSON_TYPE
  return new Response(text, { status, headers: Object.assign(all, headers) })
}

function sendStream(
  c: HttpContext,
  status: number,
  headers: Record<string, string>,
  stream: AsyncIterable<string>,
): Response {
  const { service, actor } = c.get('exchange')
  const tenant = actor?.tenantId ?? ''
  if (!service.streams.fits(tenant)) throw TOO_MANY_STREAMS
  c.get('exchange').sent = { status, headers, text: null }
  const bytes = ReadableStream.from(encode(stream, service.streams, tenant))
  return new Response(bytes, { status, headers: Object.assign(commonHeaders(c), headers) })
}

/** Counts a stream from its first chunk on: a stream that is never read would never reach `finally`. */
async function* encode(
  stream: AsyncIterable<string>,
  streams: Shares,
  tenant: string,
): AsyncIterable<Uint8Array> {
  streams.add(tenant, 1)
  try {
    for await (const text of stream) yield Buffer.from(text)
  } finally {
    streams.add(tenant, -1)
  }
}

/**
 * Thousands of connections that stay open for minutes: a web stream for each would take several times the memory of
 * the connection.
 */
function handOver(c: HttpContext, status: number, headers: Record<string, string>, hand: HandOver): Response {
  const outgoing = c.env?.outgoing
  if (!(outgoing instanceof ServerResponse)) throw new Error('only a server can hand over a connection')
  // A request that took too long has been answered already.
  const isOver = outgoing.headersSent || outgoing.destroyed
  if (isOver || c.req.method === 'HEAD') return sendText(c, status, headers, null)
  hand(() => {
    c.get('exchange').sent = { status, headers, text: null }
    return outgoing.writeHead(status, Object.assign(commonHeaders(c), headers))
  })
  // The server recognises it by its headers, for which it looks only once the body was read.
  void RESPONSE_ALREADY_SENT.body
  return RESPONSE_ALREADY_SENT
}

function commonHeaders(c: HttpContext): Record<string, string> {
  const { requestId, service, cors } = c.get('exchange')
  const all: Record<string, string> = { ...API_HEADERS, 'x-request-id': requestId }
  if (cors) Object.assign(all, cors)
  if (service.draining) all.connection = 'close'
  return all
}
