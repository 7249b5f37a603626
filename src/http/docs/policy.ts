import { type Html, html } from '../../html/html.ts'
import { DEFAULT_POLICY, type Policy } from '../../limits/schemas.ts'
import type { ApiDocument } from '../openapi.ts'
import type { Schema } from './shapes.ts'

/** What a tenant would want to know beyond the sentence in the reference. */
const MORE: Record<keyof Policy, string> = {
  starts_per_phone_10m:
    'The window slides: three starts at 12:00 leave no room until 12:10. A test key is held to it only once the tenant has set it itself.',
  starts_per_phone_hour: 'As the one before. Superseded and failed verifications count; denied ones do not.',
  starts_per_phone_day: 'As the one before; 24 hours, not a calendar day.',
  phone_pause_seconds:
    '30, then 60, 120 … with each start of the last hour. Answered phone_cooldown. A denied start lengthens nothing. A test key is held to it only once the tenant has set it itself.',
  wrong_guesses_per_phone_day:
    'Counted over all verifications, retries and restarts, so that new verifications buy no new guesses. After a retry several codes are right, and a wrong one costs as many guesses. Once used up, right codes are refused as well (guesses_exhausted) until the oldest guess is a day old.',
  guesses_kept_for_known:
    'So that a stranger who types wrong codes cannot use up the guesses of the phone’s owner. Send device or client_ip with every start and confirm: requests that name nobody can use all guesses of the phone. With a bound of 1, nothing is left to keep.',
  wrong_guesses_per_requester_day:
    'A requester who has made fewer can always submit one more code, also where several codes are live and a wrong one costs several guesses.',
  starts_kept_for_known:
    'By the three bounds on starts per phone: {"10m": 1, "hour": 2, "day": 3} leaves strangers two starts in ten minutes, three an hour, seven a day. A known requester waits for the pause of its own starts only. null: nothing is kept. A test key is held to it only once the tenant has set it itself.',
  starts_per_ip_hour:
    'Counts only what you send as client_ip: send it. Starts without one are not counted here. A household has a /64 or a /56 of IPv6, a site a /48: by default 20 starts an hour for a /64, 80 for a /56, 320 for a /48.',
  starts_per_prefix_hour:
    'Stops somebody who walks through a range of numbers. Counted by the minute, so that it holds up to a minute longer.',
  allow_prefixes: 'An empty list allows nothing. A prefix that is in both lists is denied.',
  deny_prefixes: 'E.164 prefixes with their plus, such as +7900.',
  deny_number_types:
    'By libphonenumber’s full metadata; satellite is what it takes for mobiles in +870, +881, +882 and +883. Where it cannot tell a landline from a mobile (fixed_line_or_mobile, as in North America) the number is allowed by default.',
  conversion_guard:
    'Few approvals mean that calls are made for their own sake: for the money that an operator of premium ranges shares. Judged by range (country code and six digits), for each mode apart. What one address (IPv6: one /48), else one device, else one phone does weighs once an hour, however often it starts. While a range is closed, three starts a minute are let in; it opens once half of at least five of the last ten requesters so let in were approved. Both are in the tenant’s audit, as policy.guard_tripped and policy.guard_opened.',
  spend_per_day: 'In the tenant’s currency, from midnight to midnight in UTC. Test calls cost nothing.',
  observe:
    'To try a rule on real traffic: what it would have denied is in the audit of each verification under observed. POST /v1/policies/simulate tries it on past traffic.',
}

/** Every field of a policy: what it does, what it is by default, and what is worth knowing before it is changed. */
export function policyPage(document: ApiDocument): Html {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  const fields = schemas.Policy?.properties ?? {}
  return html`<h1>Policy</h1>
<p>Flash codes have only ten thousand values, and every call costs somebody money: the limits <em>are</em> the security. Each
tenant has one policy, at <code>/v1/policies</code>. It is judged in the transaction of the start, so that it holds under any
concurrency and over all processes, by the clock of the database.</p>
<p>A start that is refused costs nothing, cancels nothing and lengthens no pause. It leaves a <code>denied</code> verification, whose
id is in the answer as <code>verification</code>, and whose audit says by which rule, at which count. <code>Retry-After</code> and
<code>RateLimit</code> say when it makes sense to try again. <code>null</code> switches a limit off.</p>
<p>A <em>requester</em> is the <code>device</code> of a request, else its <code>client_ip</code> (IPv6: its /64). It is <em>known</em>
for a phone for 90 days after it approved it. A new start cancels the live verification of the same requester
(<code>superseded</code>), or of nobody where it names nobody. Those of others live on, three for a phone at most
(<code>rate_limited</code>, rule <code>live_per_phone</code>); a known requester takes the place of the oldest.</p>
<div class="wide"><table><thead><tr><th>Field</th><th>Default</th><th>What it does</th></tr></thead><tbody>
${Object.entries(fields).map(
  ([name, { description }]) => html`<tr id="${name}"><td><code>${name}</code></td>
<td>${defaultOf(name as keyof Policy)}</td><td>${description ?? ''}
<div class="soft">${MORE[name as keyof Policy] ?? ''}</div></td></tr>`,
)}</tbody></table></div>
<p>Test keys have counters of their own and the same rules. Who attacks one phone has nine guesses a day at four digits, a chance of
at most 9·10⁻⁴; from one address, twenty starts an hour. NIST SP 800-63B wants six digits, and lets a hundred wrong ones pass: 10⁻⁴. With
<code>wrong_guesses_per_phone_day</code> at 1, four digits reach the same chance.</p>`
}

function defaultOf(name: keyof Policy): Html {
  const value = DEFAULT_POLICY[name]
  if (value === null) return html`none`
  if (Array.isArray(value)) return value.length === 0 ? html`none` : html`${value.join(', ')}`
  return html`<code>${typeof value === 'object' ? JSON.stringify(value) : value}</code>`
}
