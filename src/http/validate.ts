import type { z } from '@hono/zod-openapi'
import { AppError, type FieldError } from '../errors.ts'

const ERRORS_MAX = 20
const PATH_LENGTH_MAX = 100

/** A value that fits a schema. Throws 422 with the path of everything that does not; never quotes values. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, what: 'body' | 'query'): T {
  const parsed = schema.safeParse(value, { error: absence })
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap((issue) => toFieldErrors(issue, what)).slice(0, ERRORS_MAX)
  const [first] = errors
  throw new AppError('invalid_request', { detail: first && `${first.path}: ${first.message}`, errors })
}

const absence: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined

function toFieldErrors(issue: z.core.$ZodIssue, what: string): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: join([...issue.path, key]), message: 'is not a known field' }))
  }
  return [{ path: join(issue.path) || what, message: issue.message }]
}

function join(path: readonly PropertyKey[]): string {
  return path.map(String).join('.').slice(0, PATH_LENGTH_MAX)
}
