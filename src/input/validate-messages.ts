import type { z } from '@hono/zod-openapi'
import type { JsonType } from '../words/names-en.ts'
import { issue } from '../words/text.ts'

type Found = z.core.$ZodRawIssue

/** What a value must be, where the schema has no text of its own. Never quotes the value. */
export function messageOf(found: Found): string | undefined {
  switch (found.code) {
    case 'invalid_type':
      return wrongType(found.expected, found.input)
    case 'invalid_value':
      return found.values.length === 1
        ? issue('exactly', { value: String(found.values[0]) })
        : issue('one_of', { values: found.values.map(String).join(', ') })
    case 'too_small':
      return tooSmall(found)
    case 'too_big':
      return tooBig(found)
    case 'invalid_key':
      return badKey(found.issues as readonly z.core.$ZodIssue[])
    default:
      return undefined
  }
}

const TYPES: Record<string, JsonType> = {
  string: 'string',
  number: 'number',
  int: 'whole',
  boolean: 'boolean',
  array: 'list',
  object: 'object',
  record: 'object',
}

function wrongType(expected: string, input: unknown): string | undefined {
  const wanted = TYPES[expected]
  if (!wanted) return undefined
  const given = input === null ? 'null' : TYPES[Array.isArray(input) ? 'array' : typeof input]
  const isSaid = given === undefined || given === wanted || (typeof input === 'number' && expected === 'int')
  return issue('wrong_type', { wanted, given: isSaid || Number.isNaN(input) ? null : given })
}

const isNumber = (origin: string) => origin === 'number' || origin === 'int'

function tooSmall({ origin, minimum, inclusive }: Extract<Found, { code: 'too_small' }>): string {
  if (isNumber(origin)) return issue(inclusive ? 'at_least' : 'more_than', { min: String(minimum) })
  if (Number(minimum) === 1) return issue('empty')
  return issue(origin === 'string' ? 'too_short' : 'too_few', { min: Number(minimum) })
}

function tooBig({ origin, maximum, inclusive }: Extract<Found, { code: 'too_big' }>): string {
  if (isNumber(origin)) return issue(inclusive ? 'at_most' : 'less_than', { max: String(maximum) })
  return issue(origin === 'string' ? 'too_long' : 'too_many', { max: Number(maximum) })
}

function badKey([first]: readonly z.core.$ZodIssue[]): string {
  if (first?.code === 'too_small') return issue('member_empty')
  if (first?.code === 'too_big') return issue('member_too_long', { max: Number(first.maximum) })
  return first?.code === 'custom' ? first.message : issue('member_not_valid')
}
