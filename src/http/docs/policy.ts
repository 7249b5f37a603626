import { html } from 'hono/html'
import { DEFAULT_POLICY, type Policy } from '../../limits/schemas.ts'
import type { ApiDocument } from '../openapi.ts'
import type { Html } from './layout.ts'
import type { Schema } from './shapes.ts'

/** What a tenant needs to know about each field beyond its description in the schema. */
const MORE: Record<keyof Policy, string> = {
  starts_per_phone_10m:
    'The window slides: after three starts at 12:00, the next is possible at 12:10. Applies to test keys only if the tenant has set it.',
  starts_per_phone_hour:
    'A sliding window, like starts_per_phone_10m. Superseded and failed verifications count; denied ones do not.',
  starts_per_phone_day: 'A sliding window of 24 hours, not a calendar day.',
  phone_pause_seconds:
    'Doubles with each start of the last hour: 30, 60, 120 … A start during the pause fails with phone_cooldown and does not lengthen it. Applies to test keys only if the tenant has set it.',
  wrong_guesses_per_phone_day:
    'Counted across all verifications and retries of the phone, so a new verification gives no new guesses. After a retry several codes are correct, and a wrong one costs as many guesses. Once the guesses are used up, even correct codes are refused (guesses_exhausted) until the oldest guess is a day old.',
  guesses_kept_for_known:
    'A stranger who types wrong codes then cannot use up the guesses of the phone’s owner. Send device or client_ip with every start and confirm: requests without either can use all guesses of the phone. If the limit is 1, none can be reserved.',
  wrong_guesses_per_requester_day:
    'A requester below the limit can always submit one more code, even if several codes are live and a wrong one costs several guesses.',
  starts_kept_for_known:
    'One number for each limit on starts per phone: {"10m": 1, "hour": 2, "day": 3} leaves strangers two starts in ten minutes, three an hour and seven a day. A known requester waits only for the pause after its own starts. null reserves nothing. Applies to test keys only if the tenant has set it.',
  starts_per_ip_hour:
    'Counts the client_ip that you send; starts without one do not count. A household has a /64 or /56 of IPv6, a site a /48. By default a /64 may have 20 starts an hour, a /56 80 and a /48 320.',
  starts_per_prefix_hour:
    'Stops an attacker who walks through a range of numbers. Counted by the minute, so it applies up to a minute longer.',
  allow_prefixes: 'An empty list allows nothing. A prefix in both lists is denied.',
  deny_prefixes: 'E.164 prefixes including the plus, such as +7900.',
  deny_number_types:
    'Judged by libphonenumber’s full metadata; satellite means what it considers mobile in +870, +881, +882 and +883. Numbers that may be landline or mobile (fixed_line_or_mobile, as in North America) are allowed by default.',
  conversion_guard:
    'Few approvals suggest that the calls are the purpose: operators of premium-rate ranges share their revenue. Each range (country code and six digits) is judged separately, in each mode. An address (IPv6: a /48), or else a device, or else a phone counts once an hour, however often it starts. While a range is closed, three starts a minute are admitted; it reopens once at least half of the last ten requesters admitted this way were approved (at least five must have finished), or after an hour. The tenant’s audit records both events as policy.guard_tripped and policy.guard_opened.',
  spend_per_day: 'In the tenant’s currency, from midnight to midnight UTC. Test calls cost nothing.',
  observe:
    'Use it to try a rule on real traffic: the audit of each verification lists under observed what the rule would have denied. POST /v1/policies/simulate tries it on past traffic.',
}

/** The page about policies: what each field does, its default, and what to know before changing it. */
export function policyPage(document: ApiDocument): Html {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  const fields = schemas.Policy?.properties ?? {}
  return html`<h1>Policy</h1>
<p>Flash codes have only ten thousand values and every call costs money: the limits <em>are</em> the security. Each tenant has one
policy, at <code>/v1/policies</code>. It is enforced in the transaction of the start and by the clock of the database, so it holds
under any concurrency and across all processes.</p>
<p>A denied start costs nothing, cancels nothing and lengthens no pause. It creates a <code>denied</code> verification; the response
gives its id as <code>verification</code>, and its audit names the rule and the count. <code>Retry-After</code> and
<code>RateLimit</code> say when to try again. <code>null</code> turns a limit off.</p>
<p>A <em>requester</em> is the <code>device</code> of a request, or else its <code>client_ip</code> (IPv6: its /64). It is
<em>known</em> for a phone for 90 days after it verified that phone. A new start cancels the live verification of the same requester
(<code>superseded</code>); a start without a requester cancels the one without a requester. Verifications of other requesters stay
live, up to three per phone (<code>rate_limited</code>, rule <code>live_per_phone</code>); beyond that, a known requester replaces
the oldest.</p>
<div class="wide"><table><thead><tr><th>Field</th><th>Default</th><th>What it does</th></tr></thead><tbody>
${Object.entries(fields).map(
  ([name, { description }]) => html`<tr id="${name}"><td><code>${name}</code></td>
<td>${defaultOf(name as keyof Policy)}</td><td>${description ?? ''}
<div class="soft">${MORE[name as keyof Policy] ?? ''}</div></td></tr>`,
)}</tbody></table></div>
<p>Test keys follow the same rules with separate counters. By default, an attacker gets nine guesses a day at the four digits of one
phone, a chance of at most 9·10⁻⁴, and twenty starts an hour from one address. NIST SP 800-63B requires six digits and tolerates a
hundred wrong ones: 10⁻⁴. With <code>wrong_guesses_per_phone_day</code> at 1, four digits reach the same chance.</p>`
}

function defaultOf(name: keyof Policy): Html {
  const value = DEFAULT_POLICY[name]
  if (value === null) return html`none`
  if (Array.isArray(value)) return value.length === 0 ? html`none` : html`${value.join(', ')}`
  return html`<code>${typeof value === 'object' ? JSON.stringify(value) : value}</code>`
}
