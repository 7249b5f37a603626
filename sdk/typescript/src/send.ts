import { errorOf } from './error-of.ts'
import { ConnectionError, RingproofError, TimeoutError } from './errors.ts'
import { type Result, resultOf } from './result.ts'

export type ClientOptions = {
  /** The address of your installation, e.g. `https://ringproof.example.com`. */
  baseUrl: string
  /** `rp_live_…` or `rp_test_…`. Only `verifyProof` and `webhooks.unwrap` work without one. */
  apiKey?: string
  /** How long to wait for an answer to one try, in milliseconds; 10,000 by default. */
  timeoutMs?: number
  /** How many times a request is repeated; 2 by default. */
  maxRetries?: number
  fetch?: typeof fetch
}

export type RequestOptions = {
  /** By default a random one for each call of a method; the SDK's own retries repeat it. */
  idempotencyKey?: string
  timeoutMs?: number
  signal?: AbortSignal
}

export type Request = {
  method: 'GET' | 'POST'
  path: string
  query?: Record<string, string | number | undefined>
  body?: unknown
}

export type Send = <T>(request: Request, options?: RequestOptions) => Result<T>

const TIMEOUT_MS = 10_000
const RETRIES = 2
const FIRST_PAUSE_MS = 200
/** A longer `Retry-After` is for the caller to decide about. */
const PAUSE_SECONDS_MAX = 10

/** Sends requests to the API, repeats what may succeed, and turns answers into data or errors. */
export function createSend({ baseUrl, apiKey, maxRetries = RETRIES, ...client }: ClientOptions): Send {
  const base = baseUrl.replace(/\/+$/, '')
  const request = client.fetch ?? globalThis.fetch.bind(globalThis)

  async function tryOnce<T>(
    url: string,
    init: RequestInit,
    { timeoutMs = client.timeoutMs ?? TIMEOUT_MS, signal }: RequestOptions,
    remember: (response: Response) => void,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      // A redirect is no answer: following one would turn a POST into a GET.
      const either = signal ? AbortSignal.any([timeout, signal]) : timeout
      const response = await request(url, { ...init, redirect: 'manual', signal: either })
      const text = await response.text()
      if (!response.ok) throw errorOf(response, text)
      remember(response)
      return parse<T>(response, text)
    } catch (error) {
      if (error instanceof RingproofError) throw error
      signal?.throwIfAborted()
      const failure = { status: 0, cause: error }
      if (timeout.aborted) {
        throw new TimeoutError({ ...failure, code: 'timed_out', detail: `No answer within ${timeoutMs} ms.` })
      }
      throw new ConnectionError({ ...failure, code: 'connection_failed', detail: `Cannot reach ${base}.` })
    }
  }

  return <T>({ method, path, query, body }: Request, options: RequestOptions = {}) =>
    resultOf<T>(async (remember) => {
      const headers: Record<string, string> = { accept: 'application/json' }
      if (apiKey) headers.authorization = `Bearer ${apiKey}`
      if (body !== undefined) headers['content-type'] = 'application/json'
      if (method === 'POST') headers['idempotency-key'] = options.idempotencyKey ?? crypto.randomUUID()
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
      const url = `${base}${path}${queryOf(query)}`
      for (let retries = 0; ; retries += 1) {
        try {
          return await tryOnce<T>(url, init, options, remember)
        } catch (error) {
          const wait = error instanceof RingproofError ? pauseBeforeRetry(error, retries) : null
          if (wait === null || retries >= maxRetries) throw error
          await pause(wait, options.signal)
        }
      }
    })
}

function queryOf(query: Request['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}

function parse<T>(response: Response, text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    const { status } = response
    throw new RingproofError({ status, code: 'invalid_answer', detail: 'The answer is no JSON.', cause })
  }
}

/** How long to wait before the next try, in milliseconds; null: do not repeat. */
function pauseBeforeRetry(error: RingproofError, retries: number): number | null {
  const { status, code, retryAfterSeconds } = error
  const mayRepeat = error instanceof ConnectionError || status >= 500
  // The first try may still run at the server when the second arrives.
  const isAsked = (status === 429 || code === 'idempotency_in_progress') && retryAfterSeconds !== null
  if (!mayRepeat && !isAsked) return null
  if (retryAfterSeconds !== null) {
    return retryAfterSeconds <= PAUSE_SECONDS_MAX ? retryAfterSeconds * 1000 : null
  }
  return FIRST_PAUSE_MS * 2 ** retries * (0.5 + Math.random() / 2)
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
