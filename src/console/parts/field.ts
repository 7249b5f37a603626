import type { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { inWords } from '../../words/text.ts'
import type { Form } from '../form.ts'
import type { Visit } from '../visit.ts'

/** What was typed into a form, and what is wrong with it. */
export type Filled = { form: Form; error: AppError | null }

type Field = {
  /** Also the member of the verb's input, where it differs from the field's own name. */
  path?: string
  help?: string
  /** Names by value, for a choice. */
  options?: readonly (readonly [value: string, name: string])[]
  /** Further attributes of the control. */
  attributes?: Html
}

/** A labelled control with its help, and what is wrong with it beside it. */
export function field(
  { language }: Visit,
  { form, error }: Filled,
  [name, label]: readonly [name: string, label: string],
  { path = name, help = '', options, attributes = html`` }: Field = {},
): Html {
  const faults = (error?.options.errors ?? []).filter((fault) => fault.path === path)
  const notes = [help && `${name}-help`, faults.length > 0 && `${name}-fault`].filter(Boolean).join(' ')
  const rest = html`${attributes}${when(notes, () => html` aria-describedby="${notes}"`)}${when(faults.length, () => html` aria-invalid="true"`)}`
  const value = form.text(name)
  const control = options
    ? html`<select id="${name}" name="${name}"${rest}>${options.map(([each, title]) => html`<option value="${each}"${each === value ? html` selected` : ''}>${title}</option>`)}</select>`
    : html`<input id="${name}" name="${name}" value="${value}" autocomplete="off"${rest}>`
  return html`<div class="field"><label for="${name}">${label}</label>${control}${when(help, () => html`<span class="soft" id="${name}-help">${help}</span>`)}
${when(faults.length, () => html`<span class="wrong" id="${name}-fault">${faults.map(({ text }) => inWords(language, text)).join('; ')}</span>`)}</div>`
}
