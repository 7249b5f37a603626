import { AppError } from '../errors.ts'
import { type Html, html, when } from '../html/html.ts'
import { inWords } from '../words/text.ts'
import { problemBox } from './pages/errors.ts'
import type { Visit } from './visit.ts'

/** Whether a fault of `path` belongs to this field: its own, or that of a part of it. */
const isOf = (field: string, path: string) => path === field || path.startsWith(`${field}.`)

/** What is wrong with one field, and the attributes of its control. `helpId`: of a text that describes it as well. */
export function faultOf({ language }: Visit, error: AppError | null, field: string, helpId = '') {
  const texts = (error?.options.errors ?? [])
    .filter(({ path }) => isOf(field, path))
    .map(({ text }) => inWords(language, text))
  const id = `${field}-fault`
  const isBad = texts.length > 0
  const described = [helpId, isBad ? id : ''].filter(Boolean).join(' ')
  return {
    mark: html`${when(isBad, () => html` aria-invalid="true"`)}${when(described, (ids) => html` aria-describedby="${ids}"`)}`,
    text: when(isBad, () => html`<span class="fault" id="${id}">${texts.join('; ')}</span>`),
  }
}

/** An error above a form that shows the faults of `fields` beside them: the rest of it. */
export function formProblem(visit: Visit, error: AppError | null, fields: readonly string[]): Html {
  const errors = error?.options.errors
  if (!error || !errors) return problemBox(visit, error)
  const rest = errors.filter(({ path }) => !fields.some((field) => isOf(field, path)))
  if (rest.length === 0)
    return html`<div class="box bad" role="alert"><p><strong>${visit.t.forms.seeFields}</strong></p></div>`
  return problemBox(visit, new AppError(error.code, { ...error.options, errors: rest }))
}
