import { type Html, html } from '../../html/html.ts'

/** The first verification in three requests to paste. `url`: the base URL of this installation. */
export function quickStart(url: string): Html {
  const auth = `-H "Authorization: Bearer $KEY"`
  const json = `-H 'Content-Type: application/json'`
  return html`<h1>Phone verification by flash call</h1>
<p>Ringproof calls a phone, and the last digits of the number that rang are the code. The call does not need to be answered.
Your back end makes two requests: one starts a verification, one confirms it.</p>
<h2 id="quick-start">Quick start</h2>
<p>With a test key (<code>npm start</code> prints one) calls go to simulated handsets; no real phone rings.</p>
<pre>KEY=rp_test_…</pre>
<p>1. Start a verification. The answer contains its <code>id</code>.</p>
<pre>curl -s ${url}/v1/verifications ${auth} ${json} \\
  -d '{"phone": "+79243555100"}'</pre>
<p>2. Look up the number that called: <code>from</code> ends with the code. (With a live key, your user sees it on the phone.)</p>
<pre>curl -s "${url}/v1/sandbox/calls?phone=+79243555100" ${auth}</pre>
<p>3. Confirm the <code>id</code> of the first answer with the last digits. The answer contains <code>"status": "approved"</code> and a <code>proof</code>, a signed statement
that any of your services can verify with <a href="/.well-known/jwks.json">the published key</a>. If that answer gets lost,
<code>POST /v1/verifications/$ID/proof</code> returns the proof again for ten minutes.</p>
<pre>ID=ver_…
curl -s ${url}/v1/verifications/$ID/confirm ${auth} ${json} \\
  -d '{"code": "2371"}'</pre>
<h2 id="conventions">Conventions</h2>
<ul>
<li>JSON in and out. Unknown fields are refused. Times are RFC 3339 in UTC, phones E.164, money
<code>{ "amount": "0.200000", "currency": "RUB" }</code>.</li>
<li>Every request except those tagged Service needs <code>Authorization: Bearer</code> with an API key. A key has scopes
(<code>verify</code>, <code>read</code>, <code>billing</code>, <code>admin</code>); a test key sees test data only.</li>
<li>Send an <code>Idempotency-Key</code> with every POST that you may have to repeat: for 24 hours the same request gets the first
answer again, even after a crash. A header sent twice with different values is refused.</li>
<li>Send <code>device</code> (your own opaque id of the user’s device or session), or at least <code>client_ip</code>, with
every start and confirm. Then a stranger who knows a phone cannot use up the starts and guesses kept for its owner (<a
href="/docs/policy">policy</a>).</li>
<li>Lists take <code>limit</code> and <code>cursor</code> and return <code>next_cursor</code>.</li>
<li>Errors are problem documents (RFC 9457). Branch on <code>code</code>; <code>type</code> links to <a href="/docs/errors">its
explanation</a>. Every answer has an <code>X-Request-Id</code>, which the logs contain too.</li>
</ul>`
}
