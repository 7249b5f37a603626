import { isDeepStrictEqual } from 'node:util'
import type { AppError } from '../../errors.ts'
import { type Html, html, NONE, when } from '../../html/html.ts'
import type { FormField } from '../../routing/account-form.ts'
import { faultOf } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'

type Values = Record<string, unknown>

/** The values of a form's fields in the shape of the API; fields left empty are null or missing. */
export function readFields(fields: readonly FormField[], form: Form): Values {
  const values: Values = {}
  for (const field of fields) {
    const [name = '', member] = namesOf(field)
    const value = given(field, form)
    if (member === undefined) {
      if (value !== undefined) values[name] = value
      continue
    }
    values[name] ??= null
    if (value !== undefined) values[name] = { ...(values[name] as Values | null), [member]: value }
  }
  return values
}

/**
 * The settings that differ from `before`, or, in a new account, from what they are if they are left out: those
 * follow their defaults.
 */
export function changedFields(
  fields: readonly FormField[],
  form: Form,
  before: Values | null,
): Values | undefined {
  const initial = Object.fromEntries(
    fields.map((field) => [namesOf(field)[0], namesOf(field).length > 1 ? null : field.initial]),
  )
  const typed = readFields(fields, form)
  const changed = Object.entries(before ? { ...initial, ...typed } : typed).filter(
    ([name, value]) => !isDeepStrictEqual(value, (before ?? initial)[name]),
  )
  return changed.length > 0 ? Object.fromEntries(changed) : undefined
}

/** Without `credentials.` or `settings.`. */
const namesOf = ({ path }: FormField) => path.split('.').slice(1)

function given({ kind, path, choices, isNullable, isRequired }: FormField, form: Form): unknown {
  if (kind === 'flag') return form.has(path)
  if (kind === 'choices') return form.all(path)
  const text = form.text(path)
  if (text === '') return isNullable ? null : kind === 'lines' && isRequired ? [] : undefined
  switch (kind) {
    case 'number':
      return numberIn(text)
    case 'numbers':
      return text.split(/[\s;]+/).map(numberIn)
    case 'lines':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
    case 'choice':
      return choices.find((choice) => String(choice) === text) ?? text
    default:
      return text
  }
}

/** A text that is no number stays as it is: the verb says what is wrong with it. */
const numberIn = (text: string) => (/^-?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : text)

/** What a form shows: what was typed, or else the saved settings, or the defaults. */
export type Shown = { form: Form | null; saved: Values | null; error: AppError | null }

/** The inputs of fields. `isSecret`: nothing typed is shown again. */
export function fieldInputs(
  member: Member,
  fields: readonly FormField[],
  shown: Shown,
  { isSecret = false } = {},
): Html {
  return html`${fields.map((field) => fieldInput(member, field, shown, isSecret))}`
}

function fieldInput(
  member: Member,
  field: FormField,
  { form, saved, error }: Shown,
  isSecret: boolean,
): Html {
  const { path, label, help, kind, isRequired } = field
  const { mark, text: fault } = faultOf(member, error, path)
  const id = html`id="${path}" name="${path}"`
  const value = isSecret ? undefined : savedValue(field, saved)
  const isOn = (choice: unknown) =>
    form
      ? form.all(path).includes(String(choice))
      : Array.isArray(value)
        ? value.includes(choice)
        : value === choice
  const note = when(help, (words) => html` <span class="soft">${words}</span>`)
  if (kind === 'flag') {
    const isTicked = form ? form.has(path) : value === true
    return html`<div class="checks"><label><input type="checkbox" ${id} value="1"${isTicked ? html` checked` : ''}> <span>${label}${note}</span></label>${fault}</div>`
  }
  if (kind === 'choices') {
    return html`<fieldset><legend>${label}${note}</legend><div class="checks">${field.choices.map(
      (choice) =>
        html`<label><input type="checkbox" name="${path}" value="${choice}"${isOn(choice) ? html` checked` : ''}> <code>${choice}</code></label>`,
    )}</div>${fault}</fieldset>`
  }
  const typed = isSecret ? '' : form ? form.text(path) : textOf(value)
  const required = isRequired ? html` required` : NONE
  const input = () => {
    switch (kind) {
      case 'choice':
        return html`<select ${id}${mark}>${field.choices.map((choice) => html`<option${isOn(choice) ? html` selected` : ''}>${choice}</option>`)}</select>`
      case 'lines':
        return html`<textarea ${id} rows="4" spellcheck="false" autocomplete="off"${required}${mark}>${typed}</textarea>`
      case 'number':
        return html`<input ${id} value="${typed}" inputmode="${field.isWhole ? 'numeric' : 'decimal'}" autocomplete="off"${required}${mark}>`
      default:
        return html`<input ${id} type="${isSecret ? 'password' : 'text'}" value="${typed}" spellcheck="false" autocomplete="${isSecret ? 'new-password' : 'off'}"${required}${mark}>`
    }
  }
  return html`<div class="field"><label for="${path}">${label}${note}</label>${input()}${fault}</div>`
}

function savedValue(field: FormField, saved: Values | null): unknown {
  if (!saved) return field.initial
  const [name = '', member] = namesOf(field)
  return member === undefined ? saved[name] : (saved[name] as Values | null)?.[member]
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (!Array.isArray(value)) return String(value)
  return value.join(typeof value[0] === 'number' ? ' ' : '\n')
}
