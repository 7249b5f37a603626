import type { AppError } from '../errors.ts'
import { type Html, html, NONE } from '../html/html.ts'
import { inWords, say } from '../words/text.ts'
import { fieldName } from './field-names.ts'
import type { Visit } from './visit.ts'

/** The faults of an error field by field, or else its detail and when to try again. */
export function explanation({ t, language }: Visit, error: AppError): Html {
  const { errors = [], detail, retryAfterSeconds: seconds } = error.options
  if (errors.length > 0) {
    const lines = errors.map(({ path, text }) => {
      const name = fieldName(t, path)
      return html`<li>${name ? html`<strong>${name}</strong>` : html`<code>${path}</code>`}: ${inWords(language, text)}</li>`
    })
    return html`<ul>${lines}</ul>`
  }
  const again = seconds === undefined ? NONE : html` ${inWords(language, say('try_again_in', { seconds }))}`
  return html`<p>${detail ? inWords(language, detail) : NONE}${again}</p>`
}
