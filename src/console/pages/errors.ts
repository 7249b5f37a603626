import type { AppError } from '../../errors.ts'
import { type Html, html, NONE, when } from '../html.ts'
import type { Page, Visit } from '../visit.ts'

/** A page for what cannot be shown. */
export function errorPage(visit: Visit, error: AppError): Page {
  const { t, c } = visit
  const home = visit.user ? '/console' : '/console/login'
  return {
    title: t.errors.titles[error.code],
    section: null,
    status: error.status,
    body: html`<h1>${t.errors.titles[error.code]}</h1>
<p>${detailOf(visit, error)}</p>
<p><a class="button" href="${home}">${t.errors.home}</a></p>
<p class="soft">HTTP ${error.status} · <code>${error.code}</code> · ${t.errors.request} <code>${c.get('exchange').requestId}</code></p>`,
  }
}

/** A form without our token, or one that was shown before the session that it belongs to. */
export function formRefusedPage({ t, user }: Visit): Page {
  return {
    title: t.errors.formTitle,
    section: null,
    status: 403,
    body: html`<h1>${t.errors.formTitle}</h1><p>${t.errors.formDetail}</p>
<p><a class="button" href="${user ? '/console' : '/console/login'}">${t.errors.home}</a></p>`,
  }
}

/** What went wrong, above the form that it belongs to. */
export function problemBox(visit: Visit, error: AppError | null): Html {
  if (!error) return NONE
  const { t } = visit
  const { errors = [] } = error.options
  return html`<div class="box bad" role="alert"><p><strong>${t.errors.titles[error.code]}</strong></p>
${when(errors.length === 0, () => html`<p>${detailOf(visit, error)}</p>`)}
${when(
  errors.length > 0,
  () =>
    html`<ul>${errors.map(({ path, message }) => html`<li><code>${path}</code> <span lang="en">${message}</span></li>`)}</ul>`,
)}</div>`
}

/** Details are made for clients of the API, in English. */
function detailOf({ t, language }: Visit, { options }: AppError): Html {
  const wait = options.retryAfterSeconds
  const again = wait === undefined ? NONE : html` ${t.errors.retryAfter(wait)}`
  if (options.detail === undefined) return again
  return html`<span${language === 'en' ? '' : html` lang="en"`}>${options.detail}</span>${again}`
}
