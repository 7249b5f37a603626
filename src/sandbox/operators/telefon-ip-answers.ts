import type { Context } from 'hono'
import type { Envelope } from '../../providers/telefon-ip/wire.ts'
import { type Dialect, speak } from '../dialects.ts'

/** The operator's success, in a dialect. */
export function success(c: Context, data: unknown, dialect?: Dialect): Response {
  const { body, headers } = speak(dialect, { success: true, error: '', data } satisfies Envelope)
  return c.body(body, 200, headers)
}

/** The operator's refusal; `error` null: without a reason. */
export function failure(c: Context, error: string | null, status: 400 | 401): Response {
  if (error === null) return c.json({ success: false, error: 'Error' }, status)
  return c.json({ success: false, error, data: {} } satisfies Envelope, status)
}
