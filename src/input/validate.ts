import type { z } from '@hono/zod-openapi'
import { type FieldError, invalidFields } from '../errors.ts'
import { say, textOf } from '../words/text.ts'
import { messageOf } from './validate-messages.ts'

const ERRORS_MAX = 20
const PATH_LENGTH_MAX = 100

/**
 * Parses a value. Throws 422 with the path of each field that does not fit, under `root` (`body` and `query`
 * do not appear in paths); never quotes values.
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown, root: string): T {
  const parsed = schema.safeParse(value, { error: messageOf, reportInput: true })
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const own = issues.filter((issue) => !isSafeRange(issue))
  const shown = (own.length > 0 ? own : issues).flatMap((issue) => toFieldErrors(issue, root))
  throw invalidFields(shown.slice(0, ERRORS_MAX))
}

/** The range of exact numbers, which zod checks for every whole number besides the schema's own range. */
function isSafeRange(issue: z.core.$ZodIssue): boolean {
  return (
    (issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER) ||
    (issue.code === 'too_small' && issue.minimum === Number.MIN_SAFE_INTEGER)
  )
}

function toFieldErrors(issue: z.core.$ZodIssue, root: string): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: join(root, [...issue.path, key]), text: say('unknown_field') }))
  }
  // A missing value is reported as missing, whatever text the schema has for a wrong one.
  const isMissing = issue.input === undefined && issue.code !== 'custom' && issue.path.length > 0
  return [{ path: join(root, issue.path), text: isMissing ? say('required') : textOf(issue.message) }]
}

function join(root: string, path: readonly PropertyKey[]): string {
  const isPart = root !== 'body' && root !== 'query'
  const parts = isPart ? [root, ...path] : path
  return parts.length === 0 ? root : parts.map(String).join('.').slice(0, PATH_LENGTH_MAX)
}
