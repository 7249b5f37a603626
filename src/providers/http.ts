import type { Dispatcher } from 'undici'
import { createAgents } from '../process/agents.ts'
import { isRefusedLiteral } from '../process/targets.ts'
import { inSpan, markFailed } from '../process/tracing.ts'
import { say, type Text } from '../words/text.ts'
import { decodeBody, decodeText } from './encoding.ts'

const ANSWER_LIMIT_BYTES = 256 * 1024
/** A day of calls, at about 150 bytes each. */
export const RECORDS_LIMIT_BYTES = 32 * 1024 * 1024

const CONNECT_TIMEOUT_MS = 5_000

export type OperatorRequest = {
  baseUrl: string
  /** Encoded one by one; one of them may be a token. */
  segments: readonly string[]
  lastSlash?: boolean
  query?: Record<string, string>
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers?: Record<string, string>
  /** Sent byte for byte. */
  body?: string
  /** For the whole exchange, from resolving the name to the last byte of the answer. */
  timeoutMs: number
  limitBytes?: number
  allowPrivateTargets: boolean
  /** Asked right before the first byte leaves: true if nothing may be sent any more. */
  isStopped(): boolean
}

export type Answer = {
  kind: 'answer'
  status: number
  headers: Record<string, string>
  /** As received, perhaps compressed. */
  body: Buffer
  /** The body decompressed; the same size limit applies. */
  content: Buffer
  /** Without a byte-order mark. */
  text: string
  /**
   * The operator's address, safe to show: `https://host:port`, plus `/…` for a path, which may contain a
   * token.
   */
  address: string
}

/** What became of a request. `why` contains no path (it may hold a token) and quotes nothing received. */
export type Sent =
  | Answer
  /** Provably no byte of the request was sent. */
  | { kind: 'not_sent'; why: Text }
  /** The request was or may have been sent; no complete answer arrived. */
  | { kind: 'unclear'; why: Text; cause: 'timeout' | 'connection' | 'too_large' }

const STOPPED: Sent = { kind: 'not_sent', why: say('note_stopped') }
const TOO_LATE: Sent = { kind: 'not_sent', why: say('note_connect_timeout') }

const tooLarge = (limitBytes: number): Sent => ({
  kind: 'unclear',
  why: say('note_answer_too_large', { bytes: limitBytes }),
  cause: 'too_large',
})

const agentFor = createAgents(CONNECT_TIMEOUT_MS, {
  allowH2: false,
  pipelining: 1,
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 30_000,
  headersTimeout: 0,
  bodyTimeout: 0,
})

/**
 * The URL of a request; null if the base is not an http(s) URL or a segment would change the path. Never
 * throws: an error might quote a token.
 */
export function operatorUrl({
  baseUrl,
  segments,
  lastSlash,
  query,
}: Pick<OperatorRequest, 'baseUrl' | 'segments' | 'lastSlash' | 'query'>): URL | null {
  const url = URL.parse(baseUrl)
  if (!url || !/^https?:$/.test(url.protocol)) return null
  if (segments.some((segment) => /^\.{0,2}$/.test(segment) || !segment.isWellFormed())) return null
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${segments.map(encodeURIComponent).join('/')}${lastSlash ? '/' : ''}`
  url.search = new URLSearchParams(query).toString()
  url.hash = ''
  return url
}

/** The address of a base URL, without the parts that may contain a secret. */
export function addressOf(baseUrl: string): string {
  const url = URL.parse(baseUrl)
  if (!url) return 'no URL'
  return `${url.protocol}//${url.host}${url.pathname.length > 1 || url.search !== '' ? '/…' : ''}`
}

/**
 * Sends a request exactly once: follows no redirect, never retries, never throws. undici calls
 * `onRequestStart` right before it writes the first byte, which separates `not_sent` from `unclear`.
 */
export function send(request: OperatorRequest): Promise<Sent> {
  const { allowPrivateTargets, method } = request
  const url = operatorUrl(request)
  if (!url) return Promise.resolve({ kind: 'not_sent', why: say('note_url_broken') })
  if (!allowPrivateTargets && isRefusedLiteral(url.hostname)) {
    return Promise.resolve({ kind: 'not_sent', why: say('note_private_address') })
  }
  if (request.isStopped()) return Promise.resolve(STOPPED)
  // The operator gets no `traceparent`, and the trace neither path nor query, headers or body.
  const attributes = { 'http.request.method': method, 'server.address': url.hostname }
  return inSpan(`${method} ${url.hostname}`, { kind: 'CLIENT', attributes }, async (span) => {
    const sent = await dispatch(request, url)
    if (sent.kind === 'answer') span?.setAttribute('http.response.status_code', sent.status)
    if (sent.kind !== 'answer' || sent.status >= 400) markFailed(errorType(sent))
    return sent
  })
}

const errorType = (sent: Sent) =>
  sent.kind === 'answer' ? String(sent.status) : sent.kind === 'unclear' ? sent.cause : sent.kind

function dispatch(request: OperatorRequest, url: URL): Promise<Sent> {
  const { limitBytes = ANSWER_LIMIT_BYTES } = request
  const address = addressOf(request.baseUrl)
  const begun = performance.now()
  return new Promise((resolve) => {
    const exchange: { controller?: Dispatcher.DispatchController } = {}
    const chunks: Buffer[] = []
    let headers: Record<string, string> = {}
    let settled = false
    let status = 0
    let size = 0

    const settle = (sent: Sent) => {
      if (settled) return
      settled = true
      clearTimeout(deadline)
      resolve(sent)
    }
    const giveUp = (sent: Sent) => {
      settle(sent)
      exchange.controller?.abort(new Error('given up'))
    }
    const fail = (error: unknown) => {
      const code = errorCode(error)
      settle(
        exchange.controller
          ? { kind: 'unclear', why: say('note_connection_broke', { code }), cause: 'connection' }
          : { kind: 'not_sent', why: say('note_not_connected', { address, code }) },
      )
    }
    const deadline = setTimeout(() => {
      giveUp(
        exchange.controller
          ? { kind: 'unclear', why: say('note_answer_timeout'), cause: 'timeout' }
          : TOO_LATE,
      )
    }, request.timeoutMs)

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        // After a freeze, the connection may be reported before our overdue timer fires. Others may have
        // given us up: do not send.
        if (!exchange.controller && performance.now() - begun >= request.timeoutMs) settle(TOO_LATE)
        if (!exchange.controller && request.isStopped()) settle(STOPPED)
        if (settled || exchange.controller) return controller.abort(new Error('given up'))
        exchange.controller = controller
      },
      onRequestUpgrade(_controller, _status, _headers, socket) {
        socket.destroy()
        settle({ kind: 'unclear', why: say('note_protocol_switched'), cause: 'connection' })
      },
      onResponseStart(_controller, statusCode, incoming) {
        if (statusCode < 200) return
        status = statusCode
        headers = Object.fromEntries(
          Object.entries(incoming).map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]),
        )
      },
      onResponseData(_controller, chunk) {
        size += chunk.length
        if (size > limitBytes) giveUp(tooLarge(limitBytes))
        else chunks.push(chunk)
      },
      async onResponseEnd() {
        const body = Buffer.concat(chunks)
        const content = await decodeBody(body, headers['content-encoding'], limitBytes)
        if (content === 'too_large') return settle(tooLarge(limitBytes))
        const text = decodeText(content, headers['content-type'])
        settle({ kind: 'answer', status, headers, body, content, text, address })
      },
      onResponseError: (_controller, error) => fail(error),
    }

    const options: Dispatcher.DispatchOptions = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      idempotent: false,
      headers: { accept: 'application/json', 'accept-encoding': 'identity', ...request.headers },
      body: request.body ?? null,
    }
    agentFor(request)
      .then((agent) => agent.dispatch(options, handler))
      .catch(fail)
  })
}

/** Only an error's code: its message may quote secrets. */
function errorCode(error: unknown): string {
  const seen = [error, (error as Error)?.cause, ...((error as AggregateError)?.errors ?? [])]
  for (const one of seen) {
    const code = (one as NodeJS.ErrnoException | undefined)?.code
    if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) return code
  }
  return 'unknown error'
}
