import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { validate } from '../input/validate.ts'
import { type Options, UsageError } from './command.ts'

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** The option that sets a field of the API: `--base-url` for `base_url`. */
export const optionOf = (field: string) => field.replaceAll('_', '-')

/** An option for each field of the API's input, which `/docs` explains. `required`: what must be given. */
export function fieldOptions(schema: z.ZodObject, required: readonly string[] = []): Options {
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>)
  return Object.fromEntries(
    fields.map(([field, type]) => {
      const needed = required.includes(field)
      return [optionOf(field), { type: 'string', required: needed, ...describe(type) }]
    }),
  )
}

/** The placeholder of a value, and what it may be. */
function describe(type: z.ZodType): { value: string; says: string } {
  const schema = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  const { default: initial, ...own } = schema
  const [form = own] = (own.anyOf ?? []) as (typeof own)[]
  const choice = form.enum ?? (form.items as typeof own | undefined)?.enum
  const says = [
    choice && `${form.items ? 'Any' : 'One'} of ${choice.join(', ')}.`,
    initial !== undefined && initial !== null && `Default: ${stringified(initial)}.`,
  ]
  return { value: PLACEHOLDERS[String(form.type)] ?? '<text>', says: says.filter(Boolean).join(' ') }
}

const PLACEHOLDERS: Record<string, string> = {
  array: '<a,b,…>',
  boolean: '<true|false>',
  integer: '<number>',
  number: '<number>',
  object: '<JSON>',
}

const stringified = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** The given fields as the API's input. Throws 422 as the API does, and `UsageError` for an unreadable file. */
export function readFields<T extends z.ZodObject>(schema: T, values: Values): z.infer<T> {
  const given = Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([field, type]) => {
    const text = values[optionOf(field)]
    return typeof text === 'string' ? [[field, readValue(type, text)]] : []
  })
  return validate(schema, Object.fromEntries(given), 'body') as z.infer<T>
}

/** Text where the field takes this text; else JSON, a list with commas, or `@file` with either. */
function readValue(type: z.ZodType, text: string): unknown {
  const takes = (value: unknown) => type.safeParse(value).success
  if (text === 'null' && takes(null)) return null
  if (takes(text)) return text
  if (text.startsWith('@')) return readValue(type, readText(text.slice(1)))
  const list = text.split(',').map((part) => part.trim())
  if (takes(list)) return list
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`@${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
