import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'
import { pretty } from './pretty.ts'
import { isTracing, traceIds } from './tracing.ts'
import { withoutQuery } from './without-query.ts'

export type { Logger }

/**
 * Logs on standard output, one event per line: for people on a terminal, in JSON elsewhere, unless LOG_FORMAT
 * says otherwise. Callers choose each field: no bodies, no headers.
 */
export function createLogger(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>, name: string): Logger {
  const { LOG_FORMAT = process.stdout.isTTY ? 'pretty' : 'json' } = config
  const options = {
    level: config.LOG_LEVEL,
    base: { process: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    ...(isTracing() && { mixin: traceIds }),
  }
  return pino(options, { write: (line) => print(LOG_FORMAT === 'json' ? line : pretty(line)) })
}

/** How much waits for a reader of standard output that has stopped reading, in bytes. */
const UNREAD_MAX = 1_048_576

/**
 * Never waits for a reader, as a write by pino itself would: a process that nobody reads must still serve, and stop.
 * What is not read is lost.
 */
function print(line: string): void {
  const { stdout } = process
  if (stdout.listenerCount('error', ignore) === 0) stdout.on('error', ignore)
  if (stdout.writableLength < UNREAD_MAX) stdout.write(line)
}

function ignore(): void {}

/**
 * An error in loggable form: name, code and message. A database error's message may quote values, so its
 * routine stands in.
 */
export function describeError(thrown: unknown): Record<string, unknown> {
  const error = withoutQuery(thrown)
  if (!(error instanceof Error)) return { error: String(error) }
  const { code, reason } = error as { code?: unknown; reason?: unknown }
  // An operator's fault is expected; our stack would explain nothing.
  if (error.name === 'ProviderFault') return { error: error.name, reason, message: error.message }
  const fromDatabase = error.name === 'PostgresError' || 'severity' in error
  return {
    error: fromDatabase ? 'PostgresError' : error.name,
    code,
    message: fromDatabase ? (error as { routine?: string }).routine : error.message,
    stack: fromDatabase ? undefined : error.stack?.split('\n').slice(1, 6).join('\n'),
  }
}
