import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { type Schema, violations } from '../http/json-schema.ts'

type Media = { schema: Schema; example?: unknown }
type Operation = {
  operationId: string
  parameters?: { name: string; description?: string; in: string; schema: Schema; example?: unknown }[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}

let test: TestHttp
let schemas: Record<string, Schema>
let operations: Operation[]
beforeAll(async () => {
  test = await startTestHttp()
  const { body } = await test.request('GET', '/openapi.json', { key: null })
  schemas = body.components.schemas
  operations = Object.values<Record<string, Operation>>(body.paths).flatMap((methods) =>
    Object.values(methods),
  )
})
afterAll(() => test.stop())

const successOf = ({ responses }: Operation) =>
  Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content = {} }]) => Object.values(content))

it('every operation has an example of its request and of its answer, and they fit the schemas', () => {
  for (const operation of operations) {
    const { operationId } = operation
    const body = operation.requestBody?.content['application/json']
    if (body) {
      expect([operationId, body.example]).toEqual([operationId, expect.anything()])
      expect([operationId, violations(body.schema, body.example, schemas)]).toEqual([operationId, []])
    }
    const [answer] = successOf(operation)
    if (answer) {
      expect([operationId, answer.example]).toEqual([operationId, expect.anything()])
      expect([operationId, violations(answer.schema, answer.example, schemas)]).toEqual([operationId, []])
    }
    for (const { name, in: place, schema, example } of operation.parameters ?? []) {
      if (place === 'path')
        expect([operationId, name, example]).toEqual([operationId, name, expect.any(String)])
      if (example !== undefined) expect([name, violations(schema, example, schemas)]).toEqual([name, []])
    }
  }
})

it('no example holds a key, a token or an address of a test', () => {
  const text = JSON.stringify(operations)
  expect(text.match(/rp_(live|test)_(?!EXAMPLE|…)\w*|vct_(?!EXAMPLE)\w/g)).toBe(null)
  expect(text.match(/whsec_(?!RVhBTVBMRU)\w+|127\.0\.0\.1:\d+/g)).toBe(null)
})

it('every field and parameter has a description', () => {
  const bare: string[] = []
  const look = (schema: Schema & { description?: string }, place: string): void => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const own = `${place}.${name}`
      const { description, $ref, allOf } = field as typeof schema & { allOf?: Schema[] }
      if (!description && !$ref && !allOf?.some((part) => part.$ref)) bare.push(own)
      look(field, own)
    }
    const { items, anyOf = [], allOf = [], additionalProperties } = schema
    for (const inner of [items, ...anyOf, ...allOf, additionalProperties]) {
      if (typeof inner === 'object' && !(inner as { properties?: { code?: Schema } }).properties?.code?.enum)
        look(inner, place)
    }
  }
  for (const [name, schema] of Object.entries(schemas)) look(schema, name)
  for (const { operationId, parameters = [] } of operations) {
    for (const { name, description } of parameters) if (!description) bare.push(`${operationId}?${name}`)
  }
  expect(bare).toEqual([])
})
