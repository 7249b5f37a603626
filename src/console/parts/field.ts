import type { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { faultOf } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Visit } from '../visit.ts'

/** What was typed into a form, and what is wrong with it. */
export type Filled = { form: Form; error: AppError | null }

type Field = {
  help?: string
  /** Names by value, for a choice. */
  options?: readonly (readonly [value: string, name: string])[]
  /** Further attributes of the control. */
  attributes?: Html
}

/** A labelled control with its help, and what is wrong with it beside it. `name`: as in the verb's input. */
export function field(
  visit: Visit,
  { form, error }: Filled,
  [name, label]: readonly [name: string, label: string],
  { help = '', options, attributes = html`` }: Field = {},
): Html {
  const fault = faultOf(visit, error, name, help && `${name}-help`)
  const rest = html`${attributes}${fault.mark}`
  const value = form.text(name)
  const control = options
    ? html`<select id="${name}" name="${name}"${rest}>${options.map(([each, title]) => html`<option value="${each}"${each === value ? html` selected` : ''}>${title}</option>`)}</select>`
    : html`<input id="${name}" name="${name}" value="${value}" autocomplete="off"${rest}>`
  return html`<div class="field"><label for="${name}">${label}</label>${control}${when(help, () => html`<span class="soft" id="${name}-help">${help}</span>`)}
${fault.text}</div>`
}
