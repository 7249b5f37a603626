import { type Html, html } from '../../html/html.ts'
import { BASE } from './base.ts'
import type { Catalog } from './catalog.ts'
import type { Guide } from './guides.ts'

/** The first page: the first verification in three requests, the conventions, and an index of everything. */
export function startPage(catalog: Catalog, guides: Guide[]): Html {
  const auth = `-H "Authorization: Bearer $KEY"`
  const json = `-H 'Content-Type: application/json'`
  return html`<h1>Phone verification by flash call</h1>
<p>Ringproof calls a phone, and the last digits of the number that rang are the code. The call does not need to be answered.
Your back end makes two requests: one starts a verification, one confirms it.</p>
<h2 id="quick-start">Quick start</h2>
<p>With a test key (<code>npm start</code> prints one) calls go to simulated handsets; no real phone rings.</p>
<pre tabindex="0"><code>URL=${BASE}
KEY=rp_test_YOUR_KEY</code></pre>
<p>1. <a href="/docs/reference/verifications#startVerification">Start a verification</a>. The answer contains its <code>id</code>.</p>
<pre tabindex="0"><code>ID=$(curl -sS $URL/v1/verifications ${auth} ${json} \\
  -d '{"phone": "+79243555100"}' | tee /dev/stderr | grep -o 'ver_[0-9a-f]*' | head -n 1)</code></pre>
<p>2. Wait until it rings, and <a href="/docs/reference/sandbox#listSandboxCalls">look up the number that called</a>: <code>from</code> ends with the code. (With a live key, your user sees it on the phone.)</p>
<pre tabindex="0"><code>for i in 1 2 3 4 5 6 7 8 9; do
  curl -sS $URL/v1/verifications/$ID ${auth} | grep '"status":"delivered"' && break; sleep 1
done
CODE=$(curl -sS "$URL/v1/sandbox/calls?phone=%2B79243555100" ${auth} \\
  | tee /dev/stderr | grep -o '"from":"+[0-9]*' | head -n 1 | grep -o '....$')</code></pre>
<p>3. <a href="/docs/reference/verifications#confirmVerification">Confirm</a> the verification with the last digits. The answer contains <code>"status": "approved"</code> and a <code>proof</code>, a signed statement
that any of your services can verify with <a href="/.well-known/jwks.json">the published key</a>. If that answer gets lost,
<a href="/docs/reference/verifications#proveVerification"><code>POST /v1/verifications/{id}/proof</code></a> returns the proof again for ten minutes.</p>
<pre tabindex="0"><code>curl -sS $URL/v1/verifications/$ID/confirm ${auth} ${json} \\
  -d '{"code": "'$CODE'"}'</code></pre>
<h2 id="guides">Guides</h2>
<ul>${guides.map(({ href, title }) => html`<li><a href="${href}">${title}</a></li>`)}</ul>
${conventions()}
<h2 id="reference">All operations</h2>
${catalog.groups.map(
  ({ tag, href, operations }) => html`<h3><a href="${href}">${tag}</a></h3>
<ul class="index">${operations.map(({ id, method, path, operation, href }) => html`<li id="${id}"><a href="${href}">${operation.summary}</a> <code><span class="method ${method.toLowerCase()}">${method}</span> ${path}</code></li>`)}</ul>`,
)}
<h2 id="objects">All objects</h2>
<ul class="names">${Object.keys(catalog.schemas).map((name) => html`<li id="schema-${name}"><a href="${catalog.objectHref(name)}">${name}</a></li>`)}</ul>`
}

function conventions(): Html {
  return html`<h2 id="conventions">Conventions</h2>
<ul>
<li>JSON in and out. Unknown fields are refused. Times are RFC 3339 in UTC, phones E.164, money
<code>{ "amount": "0.200000", "currency": "RUB" }</code>.</li>
<li>Every request except those under <a href="/docs/reference/service">Service</a> needs <code>Authorization: Bearer</code> with an API key. A key has <a href="/docs/lists#scopes">scopes</a>
(<code>verify</code>, <code>read</code>, <code>billing</code>, <code>admin</code>); a test key sees test data only.</li>
<li>Send an <code>Idempotency-Key</code> with every POST that you may have to repeat: for 24 hours the same request gets the first
answer again, even after a crash. A header sent twice with different values is refused.</li>
<li>Send <code>device</code> (your own opaque id of the user’s device or session), or at least <code>client_ip</code>, with
every start and confirm. Then a stranger who knows a phone cannot use up the starts and guesses kept for its owner (<a
href="/docs/policy">policy</a>).</li>
<li>Your own id for a request can go in <code>X-Request-Id</code>: 1 to 128 characters from A-Z a-z 0-9 . _ -. Every answer has the header, and the logs contain it.</li>
<li>A key with the scope <code>admin</code> acts for another tenant with the header <code>Ringproof-Tenant: ten_…</code>.</li>
<li>Lists take <code>limit</code> and <code>cursor</code> and return <code>next_cursor</code>.</li>
<li>Errors are problem documents (RFC 9457). Branch on <code>code</code>; <code>type</code> links to <a href="/docs/errors">its
explanation</a>.</li>
</ul>`
}
