import { AppError } from '../errors.ts'
import type { Shares } from '../process/shares.ts'
import { say } from '../words/text.ts'
import type { Answer, HttpContext } from './exchange.ts'

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
export function send(c: HttpContext, answer: Answer): Response {
  const { status, headers = {}, body, text, stream } = answer
  if (stream) return sendStream(c, answer, stream)
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
  { status, headers = {}, streams = 'live' }: Answer,
  stream: AsyncIterable<string>,
): Response {
  const { service, actor } = c.get('exchange')
  const tenant = actor?.tenantId ?? ''
  const open = service.streams[streams]
  if (!open.fits(tenant)) throw TOO_MANY_STREAMS
  c.get('exchange').sent = { status, headers, text: null }
  const bytes = ReadableStream.from(encode(stream, open, tenant))
  return new Response(bytes, { status, headers: Object.assign(commonHeaders(c), headers) })
}

/**
 * Counts a stream from its first chunk on: a stream that is never read would never end. Not a generator, which
 * would pass on the end of a connection only after its next chunk.
 */
function encode(stream: AsyncIterable<string>, streams: Shares, tenant: string): AsyncIterable<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]()
  let counted = false
  function count(change: 1 | -1): void {
    if (counted === (change === 1)) return
    counted = change === 1
    streams.add(tenant, change)
  }
  const end = { done: true, value: undefined } as const
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        count(1)
        try {
          const { done, value } = await chunks.next()
          if (!done) return { done: false, value: Buffer.from(value) }
        } catch (error) {
          count(-1)
          throw error
        }
        count(-1)
        return end
      },
      async return() {
        count(-1)
        await chunks.return?.()
        return end
      },
    }),
  }
}

function commonHeaders(c: HttpContext): Record<string, string> {
  const { requestId, service, cors } = c.get('exchange')
  const all: Record<string, string> = { ...API_HEADERS, 'x-request-id': requestId }
  if (cors) Object.assign(all, cors)
  if (service.draining) all.connection = 'close'
  return all
}
