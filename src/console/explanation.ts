import { AppError } from '../errors.ts'
import { type Html, html, NONE } from '../html/html.ts'
import { fieldName } from './field-names.ts'
import { EXPLAIN } from './language/index.ts'
import type { Visit } from './visit.ts'

/** An error whose detail is in the language of the page already. */
export class PageError extends AppError {}

/** What is wrong, field by field where it is known, and when to try again. */
export function explanation(visit: Visit, error: AppError): Html {
  const { t } = visit
  const { errors = [], detail, retryAfterSeconds } = error.options
  if (errors.length > 0) {
    const lines = errors.map(({ path, message }) => {
      const name = fieldName(t, path)
      return html`<li>${name ? html`<strong>${name}</strong>` : html`<code>${path}</code>`}: ${inLanguage(visit, message)}</li>`
    })
    return html`<ul>${lines}</ul>`
  }
  const text = error instanceof PageError ? html`${detail}` : inLanguage(visit, detail)
  const again = retryAfterSeconds === undefined ? NONE : html` ${t.errors.retryAfter(retryAfterSeconds)}`
  return html`<p>${text}${again}</p>`
}

/** What the service says in English, translated; where it is not, marked as English for those who have the page read to them. */
export function inLanguage(
  { t, language }: Pick<Visit, 't' | 'language'>,
  english: string | undefined,
): Html {
  if (english === undefined) return NONE
  const text = EXPLAIN[language](english, t)
  return text === null ? html`<span lang="en">${english}</span>` : html`${text}`
}
