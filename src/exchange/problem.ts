import { HTTPException } from 'hono/http-exception'
import { isOutage } from '../db/client.ts'
import { type ReadFailure, readFailureOf } from '../db/read-failures.ts'
import {
  AppError,
  detailOf,
  ERRORS,
  type ErrorCode,
  type FieldError,
  type RateLimit,
  titleOf,
} from '../errors.ts'
import { describeError, type Logger } from '../process/log.ts'
import { noteFault } from '../process/tracing.ts'
import { withoutQuery } from '../process/without-query.ts'
import { inWords, say, type Text } from '../words/text.ts'
import type { Answer, HttpContext } from './exchange.ts'

const OUTAGE_RETRY_SECONDS = 2
const SLOW_RETRY_SECONDS = 5

const READ_FAILURES: Record<ReadFailure, Text> = {
  slow: say('read_too_slow'),
  unreachable: say('read_replica_unreachable'),
  conflict: say('read_replica_conflict'),
  behind: say('read_replica_behind'),
}

/** Timeouts, failed transactions, serialization failures, deadlocks, and months being archived: the same request may soon succeed. */
const BUSY_CODES = new Set(['57014', '55P03', '25P02', '25P03', '25P04', '40001', '55006', '40003', '40P01'])

/** An error as a problem document (RFC 9457) with its headers. */
export function problem(error: AppError, requestId: string, docsUrl: string): Answer {
  const { code, status, options } = error
  const headers = headersOf(error)
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers, ...options.headers },
    body: {
      type: `${docsUrl}/errors/${code}`,
      title: titleOf(code),
      status,
      detail: withWait(detailOf(error), headers['retry-after']),
      code,
      request_id: requestId,
      ...(options.errors && { errors: options.errors.map(inEnglish) }),
      ...options.extra,
    },
  }
}

const inEnglish = ({ path, text }: FieldError) => ({ path, message: inWords('en', text) })

/** Adds the wait to the text, for readers who do not see the headers. */
function withWait(detail: string, seconds: string | undefined): string {
  if (seconds === undefined) return detail
  return `${detail.replace(/[.]?$/, '.')} ${inWords('en', say('try_again_in', { seconds: Number(seconds) }))}`
}

/** The URL of this installation's documentation, as its clients see it. */
export function docsUrl(c: HttpContext, publicUrl: string | undefined): string {
  return `${publicUrl ?? new URL(c.req.url).origin}/docs`
}

function headersOf({ code, status, options }: AppError): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer realm="ringproof"' }
  const seconds = options.retryAfterSeconds
  if (status === 429) {
    const wait = seconds ?? 1
    const limit = options.rateLimit ?? { policy: code, limit: 1, windowSeconds: wait, remaining: 0 }
    return { 'retry-after': String(wait), ...rateLimitHeaders(limit, wait) }
  }
  if (status === 503) return { 'retry-after': String(seconds ?? OUTAGE_RETRY_SECONDS) }
  return seconds === undefined ? {} : { 'retry-after': String(seconds) }
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-10. */
function rateLimitHeaders({ policy, limit, windowSeconds, remaining }: RateLimit, resetSeconds: number) {
  return {
    'ratelimit-policy': `"${policy}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
  }
}

/** The error to answer for something thrown. Anything unexpected is logged and becomes `internal`. */
export function toAppError(thrown: unknown, log: Logger, requestId: string): AppError {
  const error = withoutQuery(thrown)
  if (error instanceof AppError) return error
  const failure = readFailureOf(error)
  if (failure) {
    log.warn({ request_id: requestId, ...describeError(error) }, `read failed: ${failure}`)
    return new AppError('unavailable', {
      detail: READ_FAILURES[failure],
      retryAfterSeconds: failure === 'slow' ? SLOW_RETRY_SECONDS : OUTAGE_RETRY_SECONDS,
    })
  }
  if (isOutage(error) || BUSY_CODES.has(String((error as { code?: unknown } | null)?.code))) {
    log.warn({ request_id: requestId, ...describeError(error) }, 'database unavailable')
    return new AppError('unavailable', { retryAfterSeconds: OUTAGE_RETRY_SECONDS })
  }
  if (error instanceof HTTPException) return new AppError(codeOfStatus(error.status))
  const fault = describeError(error)
  noteFault(fault)
  log.error({ request_id: requestId, ...fault }, 'request failed')
  return new AppError('internal')
}

function codeOfStatus(status: number): ErrorCode {
  const found = Object.entries(ERRORS).find(([, error]) => error.status === status)
  return (found?.[0] as ErrorCode | undefined) ?? 'internal'
}
