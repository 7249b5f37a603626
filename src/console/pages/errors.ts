import { type AppError, type ErrorCode, titleOf } from '../../errors.ts'
import { type Html, html, NONE } from '../../html/html.ts'
import { explanation } from '../explanation.ts'
import type { Page, Visit } from '../visit.ts'

/** The page for an error. */
export function errorPage(visit: Visit, error: AppError): Page {
  const { t, c } = visit
  const title = headingOf(visit, error.code)
  const home = visit.user ? '/console' : '/console/login'
  return {
    title,
    section: null,
    status: error.status,
    body: html`<h1>${title}</h1>
${explanation(visit, error)}
<p><a class="button" href="${home}">${t.errors.home}</a></p>
<p class="soft">HTTP ${error.status} · <code>${error.code}</code> · ${t.errors.request} <code>${c.get('exchange').requestId}</code></p>`,
  }
}

const headingOf = ({ t, language }: Visit, code: ErrorCode) =>
  t.errors.titles[code] ?? titleOf(code, language)

/** For a form without a valid token, for example one loaded before login. */
export function formRefusedPage({ t, user }: Visit): Page {
  return {
    title: t.errors.formTitle,
    section: null,
    status: 403,
    body: html`<h1>${t.errors.formTitle}</h1><p>${t.errors.formDetail}</p>
<p><a class="button" href="${user ? '/console' : '/console/login'}">${t.errors.home}</a></p>`,
  }
}

/** An error above the form that caused it. */
export function problemBox(visit: Visit, error: AppError | null): Html {
  if (!error) return NONE
  return html`<div class="box bad" role="alert"><p><strong>${headingOf(visit, error.code)}</strong></p>
${explanation(visit, error)}</div>`
}
