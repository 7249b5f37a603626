import { ERRORS, type ErrorCode, titleOf } from '../../errors.ts'
import { type Html, html } from '../../html/html.ts'
import { ERROR_HELP } from './error-help.ts'
import { withCode } from './with-code.ts'

const CODES = Object.keys(ERRORS) as ErrorCode[]

/** A table of every error code. */
export function errorList(): Html {
  return html`<h1>Errors</h1>
<p>Every error is a problem document (RFC 9457, <code>application/problem+json</code>) with <code>type</code>, <code>title</code>,
<code>status</code>, <code>detail</code>, <code>code</code> and <code>request_id</code>.</p>
<table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>
${CODES.map(
  (
    code,
  ) => html`<tr id="${code}"><td>${ERRORS[code].status}</td><td><a href="/docs/errors/${code}"><code>${code}</code></a></td>
<td>${titleOf(code)}</td></tr>`,
)}</tbody></table>`
}

/** What one error code means; null for a code that does not exist. */
export function errorPage(name: string): { title: string; content: Html } | null {
  const code = CODES.find((code) => code === name)
  if (!code) return null
  const { status } = ERRORS[code]
  return {
    title: code,
    content: html`<h1><code>${code}</code></h1>
<p class="soft">HTTP ${status} · ${titleOf(code)}</p>
<p>${withCode(ERROR_HELP[code])}</p>
<p><a href="/docs/errors">All errors</a></p>`,
  }
}
