import { type Html, html, when } from '../../html/html.ts'
import { type Catalog, nameOf } from './catalog.ts'
import { listOf } from './lists.ts'
import type { Parameter, Schema } from './shapes.ts'
import type { Texts } from './texts.ts'

/** What the descriptions of fields link to. */
export type Describing = { catalog: Catalog; texts: Texts }

/** The fields of an object: name, type, whether it may be absent or null, values and meaning. */
export function fieldList(given: Schema, describing: Describing): Html {
  const { properties, required } = flatten(given, describing.catalog.schemas)
  const fields = Object.entries(properties)
  if (fields.length === 0) return html`<p class="soft">No fields.</p>`
  return html`<ul class="fields">${fields.map(([name, field]) =>
    fieldItem(name, field, required.has(name), describing),
  )}</ul>`
}

/** Parameters of a path or query, as fields. */
export function parameterList(parameters: Parameter[], describing: Describing): Html {
  return html`<ul class="fields">${parameters.map(({ name, required, description, schema }) =>
    fieldItem(name, { ...schema, ...(description && { description }) }, required === true, describing),
  )}</ul>`
}

function fieldItem(name: string, field: Schema, required: boolean, describing: Describing): Html {
  const inner = innerOf(field)
  const values = valuesOf(field)
  return html`<li><div class="field"><code class="name">${name}</code> <span class="type">${typeName(field, describing.catalog)}</span>${when(
    required,
    () => html` <span class="tag">required</span>`,
  )}${when(isNullable(field), () => html` <span class="tag">nullable</span>`)}</div>
${when(field.description, (text) => html`<div class="says">${describing.texts.inline(text)}</div>`)}${when(
  values.length > 0,
  () => valueList(values),
)}${when(limitsOf(field), (limits) => html`<div class="soft">${limits}</div>`)}${when(
  inner,
  (fields) =>
    html`<details><summary>Fields of <code>${name}</code></summary>${fieldList(fields, describing)}</details>`,
)}</li>`
}

function valueList(values: unknown[]): Html {
  const list = listOf(values)
  const shown = values.map((value) => {
    const code = html`<code>${String(value)}</code>`
    return list ? html`<a href="/docs/lists#${list.id}-${value}">${code}</a>` : code
  })
  return html`<div class="values">One of ${shown.map((value, i) => html`${i > 0 ? ', ' : ''}${value}`)}.</div>`
}

/** An object's fields with those of everything it includes. */
export function flatten(schema: Schema, schemas: Record<string, Schema>) {
  const parts = partsOf(schema, schemas)
  return {
    properties: Object.assign({}, ...parts.map((part) => part.properties ?? {})) as Record<string, Schema>,
    required: new Set(parts.flatMap((part) => part.required ?? [])),
  }
}

function partsOf(given: Schema, schemas: Record<string, Schema>): Schema[] {
  const schema = schemas[nameOf(given) ?? ''] ?? given
  return [schema, ...(schema.allOf ?? []).flatMap((part) => partsOf(part, schemas))]
}

/** The schema itself, or the one that is not null among its options. */
function soleOf(schema: Schema): Schema {
  const options = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== 'null')
  const [only] = options.length > 0 ? options : (schema.allOf ?? [])
  return !schema.type && !schema.properties && only ? only : schema
}

const isNullable = (schema: Schema): boolean =>
  [schema.type].flat().includes('null') ||
  (schema.anyOf ?? schema.oneOf ?? []).some(isNullable) ||
  (schema.enum ?? []).includes(null)

function valuesOf(schema: Schema): unknown[] {
  const sole = soleOf(schema)
  const items = sole.items ? soleOf(sole.items) : sole
  return (items.enum ?? (items.const === undefined ? [] : [items.const])).filter((value) => value !== null)
}

/** The fields inside a field: of an object, of an array's items, or of the values of a map. */
function innerOf(field: Schema): Schema | undefined {
  const sole = soleOf(field)
  if (sole.properties || (sole.allOf && !nameOf(sole))) return sole
  if (sole.items) return innerOf(sole.items)
  return typeof sole.additionalProperties === 'object' ? innerOf(sole.additionalProperties) : undefined
}

/** The type in words, e.g. `array of string`, without null. */
export function typeName(field: Schema, catalog: Catalog): Html | string {
  const schema = soleOf(field)
  const name = nameOf(schema)
  if (name) return html`<a href="${catalog.objectHref(name)}">${name}</a>`
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null')
  if (types.includes('array')) return html`array of ${typeName(schema.items ?? {}, catalog)}`
  if (types[0] === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties) {
    return html`map of ${typeName(schema.additionalProperties, catalog)}`
  }
  if (types.length > 0) return types.join(' or ')
  return schema.enum ? typeof schema.enum[0] : 'any value'
}

function limitsOf(field: Schema): string {
  const schema = soleOf(field)
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, format, example } = schema
  const initial = field['x-default'] ?? field.default
  const span = (low: unknown, high: unknown, unit: string) =>
    low === undefined && high === undefined
      ? null
      : low === undefined
        ? `At most ${high}${unit}`
        : high === undefined
          ? `At least ${low}${unit}`
          : `${low} to ${high}${unit}`
  const shown = example ?? field.example
  return [
    FORMATS[format ?? ''],
    span(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ''),
    span(minLength || undefined, maxLength, ' characters'),
    span(minItems || undefined, maxItems, ' items'),
    initial === undefined ? null : `Default: ${JSON.stringify(initial)}`,
    shown === undefined || schema.enum
      ? null
      : `Example: ${typeof shown === 'string' ? shown : JSON.stringify(shown)}`,
  ]
    .filter(Boolean)
    .join('. ')
}

const FORMATS: Record<string, string> = {
  'date-time': 'RFC 3339 time',
  ip: 'IPv4 or IPv6 address',
  uri: 'URL',
}
