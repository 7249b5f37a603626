import { ERRORS, type ErrorCode, titleOf } from '../../errors.ts'
import { type Html, html } from '../../html/html.ts'
import { ERROR_HELP } from './error-help.ts'
import { type Describing, fieldList } from './fields.ts'

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[]

/** A table of every error code, and the fields that all errors share. */
export function errorList(describing: Describing): Html {
  return html`<h1>Errors</h1>
<p>Every error is a problem document (RFC 9457, <code>application/problem+json</code>). Decide by <code>code</code>.</p>
<div class="wide" tabindex="0"><table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>
${ERROR_CODES.map(
  (
    code,
  ) => html`<tr id="${code}"><td>${ERRORS[code].status}</td><td><a href="/docs/errors/${code}"><code>${code}</code></a></td>
<td>${titleOf(code)}</td></tr>`,
)}</tbody></table></div>
<h2 id="schema-Problem">Fields of a problem</h2>
${fieldList({ $ref: '#/components/schemas/Problem' }, describing)}`
}

/** What one error code means. */
export function errorPage(code: ErrorCode, { texts }: Describing): Html {
  const { status } = ERRORS[code]
  return html`<h1><code>${code}</code></h1>
<p class="soft">HTTP ${status} · ${titleOf(code)}</p>
<p>${texts.inline(ERROR_HELP[code])}</p>
<p><a href="/docs/errors">All errors</a></p>`
}
