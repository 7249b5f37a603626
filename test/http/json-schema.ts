import fc from 'fast-check'

/** The part of JSON Schema that the document uses. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  format?: string
  enum?: unknown[]
  const?: unknown
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  anyOf?: Schema[]
  allOf?: Schema[]
  example?: unknown
}

export type Schemas = Record<string, Schema>

const resolve = (schema: Schema, schemas: Schemas): Schema =>
  schema.$ref ? (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema

const typesOf = (schema: Schema): string[] => [schema.type ?? []].flat()

/** Values that fit the schema. */
export function valuesOf(given: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const schema = resolve(given, schemas)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => valuesOf(option, schemas)))
  const options = typesOf(schema).map((type) => valuesOfType(type, schema, schemas))
  if (schema.example !== undefined) options.push(fc.constant(schema.example))
  return options.length > 0 ? fc.oneof(...options) : fc.jsonValue()
}

function valuesOfType(type: string, schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 100_000 })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true })
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, schemas), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      })
    case 'object':
      return objectsOf(schema, schemas)
    default:
      return stringsOf(schema)
  }
}

function stringsOf({ format, pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (pattern) return fc.stringMatching(new RegExp(pattern))
  if (format === 'date-time') {
    const [min, max] = [new Date('2000-01-01'), new Date('2100-01-01')]
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString())
  }
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60), unit: 'grapheme' })
}

function objectsOf(schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  if (Object.keys(properties).length === 0 && typeof additionalProperties === 'object') {
    return fc.dictionary(
      fc.string({ minLength: 1, maxLength: 10 }),
      valuesOf(additionalProperties, schemas),
      {
        maxKeys: 4,
      },
    )
  }
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, valuesOf(field, schemas)]),
  )
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields), noNullPrototype: true })
}

/** The places where a value violates the schema; empty if it fits. */
export function violations(given: Schema, value: unknown, schemas: Schemas, path = '$'): string[] {
  const schema = resolve(given, schemas)
  const {
    enum: values,
    anyOf,
    allOf = [],
    items,
    properties = {},
    required = [],
    additionalProperties,
  } = schema
  const found = allOf.flatMap((part) => violations(part, value, schemas, path))
  if (values && !values.includes(value)) found.push(`${path} is none of the listed values`)
  if (anyOf && !anyOf.some((option) => violations(option, value, schemas, path).length === 0)) {
    found.push(`${path} fits no option`)
  }
  const types = typesOf(schema)
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    return [...found, `${path} is not ${types.join(' or ')}`]
  }
  if (Array.isArray(value) && items) {
    found.push(...value.flatMap((item, i) => violations(items, item, schemas, `${path}.${i}`)))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    found.push(...required.filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`))
    for (const [name, member] of Object.entries(value)) {
      const own = properties[name] ?? additionalProperties
      if (typeof own === 'object') found.push(...violations(own, member, schemas, `${path}.${name}`))
      if (own === false) found.push(`${path}.${name} is not described`)
    }
  }
  return found
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
