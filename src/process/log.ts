import { type Logger, pino } from 'pino'
import { withoutQuery } from './without-query.ts'

export type { Logger }

/**
 * Structured logs on standard output, one line per event. Callers choose each field: no bodies, no headers.
 */
export function createLogger(config: { LOG_LEVEL: string }, process: string): Logger {
  return pino({ level: config.LOG_LEVEL, base: { process }, timestamp: pino.stdTimeFunctions.isoTime })
}

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
