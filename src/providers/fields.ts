import { z } from 'zod'

/**
 * A field of an account's credentials or settings, read from their schema. `path`: its name, for an object's
 * member with the object's before it (`caller.prefixes`). `initial`: what it is if it is left out.
 */
export type Field = {
  path: string
  kind: 'text' | 'number' | 'flag' | 'choice' | 'choices' | 'lines' | 'numbers'
  choices: readonly (string | number)[]
  min?: number | undefined
  max?: number | undefined
  isWhole: boolean
  isRequired: boolean
  /** Left empty, it is null. */
  isNullable: boolean
  initial: unknown
}

type Shape = {
  type?: string
  anyOf?: Shape[]
  enum?: (string | number)[]
  properties?: Record<string, Shape>
  required?: string[]
  items?: Shape
  minimum?: number
  maximum?: number
  maxLength?: number
  default?: unknown
}

/** The fields of a schema in its order. */
export function fieldsOf(schema: z.ZodType): Field[] {
  return membersOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape, '')
}

function membersOf({ properties = {}, required = [] }: Shape, before: string): Field[] {
  return Object.entries(properties).flatMap(([name, shape]) =>
    fieldOf(`${before}${name}`, shape, required.includes(name)),
  )
}

function fieldOf(path: string, given: Shape, isRequired: boolean): Field[] {
  const isNullable = given.anyOf?.some(({ type }) => type === 'null') ?? false
  const shape = given.anyOf?.find(({ type }) => type !== 'null') ?? given
  // Its members are needed only if one of them is filled in.
  if (shape.type === 'object') return membersOf({ ...shape, required: [] }, `${path}.`)
  const isNumber = shape.type === 'integer' || shape.type === 'number'
  return [
    {
      path,
      kind: kindOf(shape),
      choices: shape.enum ?? shape.items?.enum ?? [],
      min: shape.minimum,
      max: isNumber ? shape.maximum : shape.maxLength,
      isWhole: shape.type === 'integer',
      isRequired,
      isNullable,
      initial: given.default,
    },
  ]
}

function kindOf({ type, enum: choices, items }: Shape): Field['kind'] {
  if (choices) return 'choice'
  if (type === 'boolean') return 'flag'
  if (type === 'integer' || type === 'number') return 'number'
  if (type !== 'array') return 'text'
  if (items?.enum) return 'choices'
  return items?.type === 'number' ? 'numbers' : 'lines'
}
