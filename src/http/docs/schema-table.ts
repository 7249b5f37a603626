import { type Html, html } from '../../html/html.ts'
import type { Schema } from './shapes.ts'
import { withCode } from './with-code.ts'

/** A table of the fields of an object. */
export function schemaTable(schema: Schema, schemas: Record<string, Schema>): Html {
  const { properties, required } = flatten(schema, schemas)
  const fields = Object.entries(properties)
  if (fields.length === 0) return html`<p class="soft">No fields.</p>`
  return html`<div class="wide"><table><tbody>${fields.map(
    ([
      name,
      field,
    ]) => html`<tr><td><code>${name}</code>${required.has(name) ? html` <span class="soft">required</span>` : ''}</td>
<td>${typeName(field)}<div class="soft">${limits(field)}</div></td><td>${withCode(field.description ?? '')}</td></tr>`,
  )}</tbody></table></div>`
}

function flatten(schema: Schema, schemas: Record<string, Schema>) {
  const parts = [schema, ...(schema.allOf ?? [])].map(
    (part) => schemas[part.$ref?.split('/').at(-1) ?? ''] ?? part,
  )
  const inner = parts.flatMap((part) => [part, ...(part === schema ? [] : (part.allOf ?? []))])
  const whole = inner.map((part) => schemas[part.$ref?.split('/').at(-1) ?? ''] ?? part)
  return {
    properties: Object.assign({}, ...whole.map((part) => part.properties ?? {})) as Record<string, Schema>,
    required: new Set(whole.flatMap((part) => part.required ?? [])),
  }
}

function typeName(schema: Schema): Html | string {
  const name = schema.$ref?.split('/').at(-1)
  if (name) return html`<a href="#schema-${name}">${name}</a>`
  if (schema.enum) return schema.enum.map(String).join(' | ')
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (options?.[0]) return typeName(options[0])
  if (schema.type === 'array') return html`array of ${typeName(schema.items ?? {})}`
  const type = [schema.type ?? 'any'].flat().join(' | ')
  return schema.format ? `${type} (${schema.format})` : type
}

function limits(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, pattern, default: initial, example } = schema
  const span = (low: unknown, high: unknown, unit: string) =>
    low === undefined && high === undefined ? null : `${low ?? ''}–${high ?? ''}${unit}`
  return [
    span(minimum, maximum, ''),
    span(minLength, maxLength, ' characters'),
    pattern,
    initial === undefined ? null : `default ${JSON.stringify(initial)}`,
    example === undefined ? null : `e.g. ${JSON.stringify(example)}`,
  ]
    .filter(Boolean)
    .join('; ')
}
