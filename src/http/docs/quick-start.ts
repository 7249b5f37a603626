import { html } from 'hono/html'
import type { Html } from './layout.ts'

/**
 * The quick start: commands to paste, and the API's conventions. `url`: the base URL of this installation.
 */
export function quickStart(url: string): Html {
  const auth = `-H "Authorization: Bearer $KEY"`
  const json = `-H 'Content-Type: application/json'`
  return html`<h1>Phone verification by flash call</h1>
<p>Ringproof calls a phone; the last digits of the calling number are the code. The user does not answer the call.
Your back end sends two requests: one starts a verification, one confirms it.</p>
<h2 id="quick-start">Quick start</h2>
<p>With a test key (<code>npm start</code> prints one), calls go to simulated handsets; no real phone rings.</p>
<pre>KEY=rp_test_…</pre>
<p>1. Start a verification. The response contains its <code>id</code>.</p>
<pre>curl -s ${url}/v1/verifications ${auth} ${json} \\
  -d '{"phone": "+79243555100"}'</pre>
<p>2. See which number called: <code>from</code> ends with the code. (With a live key, the user sees it on the phone.)</p>
<pre>curl -s "${url}/v1/sandbox/calls?phone=+79243555100" ${auth}</pre>
<p>3. Confirm with its last digits. The response contains <code>"status": "approved"</code> and a <code>proof</code>, a signed
statement that any of your services can verify with <a href="/.well-known/jwks.json">the published key</a>. If the response is lost,
<code>POST /v1/verifications/$ID/proof</code> returns the proof again for ten minutes.</p>
<pre>curl -s ${url}/v1/verifications/$ID/confirm ${auth} ${json} \\
  -d '{"code": "2371"}'</pre>
<h2 id="conventions">Conventions</h2>
<ul>
<li>Requests and responses are JSON. Unknown fields are rejected. Times are RFC 3339 in UTC, phones E.164, money
<code>{ "amount": "0.200000", "currency": "RUB" }</code>.</li>
<li>Every request needs <code>Authorization: Bearer</code> with an API key, except those under “Service”. A key has scopes
(<code>verify</code>, <code>read</code>, <code>billing</code>, <code>admin</code>); a test key sees only test data.</li>
<li>Send an <code>Idempotency-Key</code> with every POST that you may have to repeat: within 24 hours the same request returns the
first response, even after a crash. A header sent twice with different values is rejected.</li>
<li>Identify the requester in every start and confirm: send <code>device</code> (your own opaque id for the user’s device or
session) or at least <code>client_ip</code>. A stranger who knows a phone then cannot use up what is reserved for its owner (<a
href="/docs/policy">policy</a>).</li>
<li>Lists accept <code>limit</code> and <code>cursor</code>, and return <code>next_cursor</code>.</li>
<li>Errors are problem documents (RFC 9457). Base decisions on <code>code</code>; <code>type</code> links to <a
href="/docs/errors">its explanation</a>. Every response has an <code>X-Request-Id</code>, which also appears in the logs.</li>
</ul>`
}
