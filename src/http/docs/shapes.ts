/** The parts of a schema that the pages show. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  default?: unknown
  'x-default'?: unknown
  example?: unknown
  enum?: unknown[]
  const?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  pattern?: string
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

export type Parameter = {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: Schema
  example?: unknown
}

export type Content = Record<string, { schema?: Schema; example?: unknown }>

/** The parts of an operation that the pages show. */
export type Operation = {
  operationId: string
  summary: string
  description?: string
  tags?: string[]
  'x-required-scope'?: string
  security?: Record<string, unknown>[]
  'x-required-mode'?: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content?: Content }
  responses: Record<string, { description: string; content?: Content }>
}
