import type { z } from '@hono/zod-openapi'

type Issue = z.core.$ZodRawIssue

const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** What a value must be, for everything that a schema has no words of its own for. Never quotes the value. */
export function messageOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input)
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
        : atLeast(Number(issue.minimum), unitOf(issue.origin))
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
        : `must have at most ${issue.maximum} ${unitOf(issue.origin)}`
    case 'invalid_key': {
      const [first] = issue.issues as readonly z.core.$ZodIssue[]
      return `has a key that ${first?.message ?? 'is not allowed'}`
    }
    default:
      return undefined
  }
}

function wrongType(expected: string, input: unknown): string {
  const wanted = TYPES[expected] ?? expected
  const given = input === null ? 'null' : TYPES[Array.isArray(input) ? 'array' : typeof input]
  const isSaid = given === undefined || given === wanted || (typeof input === 'number' && expected === 'int')
  return isSaid || Number.isNaN(input) ? `must be ${wanted}` : `must be ${wanted}, not ${given}`
}

const unitOf = (origin: string) => (origin === 'string' ? 'characters' : 'entries')

function atLeast(count: number, unit: string): string {
  return count === 1 ? 'must not be empty' : `must have at least ${count} ${unit}`
}
