import { ERRORS, type ErrorCode, titleOf } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { errorExample } from './error-examples.ts'
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

/** What one error code means: its cause and cure, an example, and who answers it. */
export function errorPage(code: ErrorCode, { texts, catalog }: Describing): Html {
  const { status } = ERRORS[code]
  const from = catalog.operations.filter(({ operation }) =>
    operation.responses[String(status)]?.description.includes(`\`${code}\``),
  )
  return html`<h1><code>${code}</code></h1>
<p class="soft">HTTP ${status} · ${titleOf(code)}</p>
<h2 id="cause">Cause and cure</h2>
<p>${texts.inline(ERROR_HELP[code])}</p>
<h2 id="example">Example</h2>
<pre tabindex="0"><code>${errorExample(code)}</code></pre>
${when(
  from.length > 0 && from.length < 20,
  () => html`<h2 id="operations">Operations that answer it</h2>
<ul>${from.map(({ href, operation }) => html`<li><a href="${href}">${operation.summary}</a></li>`)}</ul>`,
)}
<p><a href="/docs/errors">All errors</a></p>`
}
