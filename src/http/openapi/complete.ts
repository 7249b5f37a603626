import { EXAMPLES } from './examples.ts'
import { describeField } from './fields.ts'
import { TAGS } from './tags.ts'

/** The parts of the document that are completed. */
type Schema = {
  $ref?: string
  description?: string
  default?: unknown
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}
type Parameter = { name: string; in: string; description?: string; schema: Schema; example?: unknown }
type Media = { schema?: Schema; example?: unknown }
type Operation = {
  operationId: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}
export type Incomplete = {
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

/**
 * Adds what the schemas of the code leave out: a description of every field, recorded examples, and the
 * tags. Changes the document.
 */
export function complete(document: Incomplete): { name: string; description: string }[] {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {}))
    completeSchema(schema, name)
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  )
  for (const { path, operation } of operations) {
    for (const parameter of operation.parameters ?? []) completeParameter(parameter, path)
    for (const { content = {} } of [operation.requestBody ?? {}, ...Object.values(operation.responses)]) {
      for (const { schema } of Object.values(content))
        if (schema) completeSchema(schema, operation.operationId)
    }
    addExamples(operation)
  }
  const used = new Set(operations.flatMap(({ operation }) => operation.tags ?? []))
  return [...used].map((name) => ({ name, description: TAGS[name] ?? '' }))
}

function completeSchema(schema: Schema, place: string): void {
  sayDefault(schema)
  withoutTwins(schema)
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const own = `${place}.${name}`
    if (!field.$ref && !field.description) {
      const description = describeField(own)
      if (description) field.description = description
    }
    completeSchema(field, own)
  }
  const { items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema
  for (const inner of [items, additionalProperties, ...anyOf, ...oneOf, ...allOf]) {
    if (typeof inner === 'object') completeSchema(inner, place)
  }
}

/**
 * Says the default in the description. Generators of clients take a field with a `default` for one that is
 * always there, in requests too, and then require it.
 */
function sayDefault(schema: Schema): void {
  if (schema.default === undefined) return
  const text = `Default: \`${JSON.stringify(schema.default).replaceAll('"', '')}\`.`
  schema.description = [schema.description, text].filter(Boolean).join(' ')
  delete schema.default
}

/** Options that differ; a lone one is the schema itself. */
function withoutTwins(schema: Schema): void {
  if (!schema.anyOf) return
  const options = new Map(schema.anyOf.map((option) => [JSON.stringify(option), option]))
  schema.anyOf = [...options.values()]
  const [only] = schema.anyOf
  if (schema.anyOf.length > 1 || !only) return
  delete schema.anyOf
  Object.assign(schema, { ...only, ...schema })
}

function completeParameter(parameter: Parameter, path: string): void {
  const { name, schema } = parameter
  if (parameter.in === 'path') {
    parameter.description ??=
      name === 'phone' ? 'The phone in E.164.' : `As \`GET ${listOf(path)}\` names it.`
  } else schema.description ??= parameter.description ?? describeField(`Query.${name}`)
  completeSchema(schema, name)
  parameter.description ??= schema.description
}

/** The path of the list that has the ids of this path. */
function listOf(path: string): string {
  const collection = path.replace(/\/\{.*/, '')
  return collection === '/v1/webhook-deliveries' ? '/v1/webhook-endpoints/{id}/deliveries' : collection
}

/** The recorded request and answer of the operation. */
function addExamples(operation: Operation): void {
  const example = EXAMPLES[operation.operationId]
  if (!example) return
  for (const parameter of operation.parameters ?? []) {
    const value = example[parameter.in === 'path' ? 'path' : 'query']?.[parameter.name]
    if (value === undefined || parameter.in === 'header') continue
    const type = (parameter.schema as { type?: string }).type
    parameter.example = type === 'integer' ? Number(value) : value
  }
  const asked = operation.requestBody?.content?.['application/json']
  if (asked && example.body !== undefined) asked.example = example.body
  const [answered] = Object.values(operation.responses[String(example.status)]?.content ?? {})
  if (answered && example.answer !== undefined) answered.example = example.answer
}
