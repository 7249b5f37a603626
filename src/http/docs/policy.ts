import { type Html, html } from '../../html/html.ts'
import { DEFAULT_POLICY, type Policy } from '../../limits/schemas.ts'
import type { Describing } from './fields.ts'

/** Details that the one sentence in the reference leaves out. */
const MORE: Record<keyof Policy, string> = {
  starts_per_phone_10m:
    'The window slides: after three starts at 12:00 the next is possible at 12:10. Test keys are exempt until the tenant sets this field.',
  starts_per_phone_hour: 'Slides too. Superseded and failed verifications count, denied ones do not.',
  starts_per_phone_day: 'Slides too: the last 24 hours, not a calendar day.',
  phone_pause_seconds:
    '30, then 60, 120 … seconds with each start in the last hour. The error is `phone_cooldown`. Denied starts do not lengthen the pause. Test keys are exempt until the tenant sets this field.',
  wrong_guesses_per_phone_day:
    'Counted across all verifications and retries: a new verification brings no new guesses. After a retry several codes are valid, and a wrong one costs the sum over those it was compared with: all that have no more digits than were typed. The audit shows it as guesses in check.wrong. Once the guesses are used up, correct codes are refused too (guesses_exhausted) until the oldest guesses are a day old. The 30 wrong checks appear as wrong_checks_per_phone_day; null switches off both.',
  guesses_kept_for_known:
    'Keeps a stranger who enters wrong codes from using up the guesses of the phone’s owner. Send device or client_ip with every start and confirm: requests without either can use all guesses of the phone. If wrong_guesses_per_phone_day is 1, none can be kept.',
  wrong_guesses_per_requester_day:
    'A requester below the limit can always submit one more code, even if several codes are valid and a wrong one costs several guesses.',
  starts_kept_for_known:
    'One number for each of the three limits on starts per phone. By default {"10m": 1, "hour": 2, "day": 3} leaves strangers two starts in ten minutes, three an hour, seven a day. For a known requester only its own starts lengthen the pause. null keeps none. Test keys are exempt until the tenant sets this field.',
  starts_per_ip_hour:
    'Counts starts by client_ip, so send it: starts without one are not counted here. A household has an IPv6 /64 or /56, a site a /48; the default allows 20 starts an hour for a /64, 80 for a /56, 320 for a /48.',
  starts_per_prefix_hour:
    'Stops an attacker who works through a range of numbers. Counted by the minute, so it applies up to a minute longer.',
  allow_prefixes: 'An empty list allows nothing. A prefix in both lists is denied.',
  deny_prefixes: 'E.164 prefixes with their plus, such as +7900.',
  deny_number_types:
    'According to libphonenumber’s full metadata. satellite covers the numbers in +870, +881, +882 and +883 that libphonenumber reports as mobile. Numbers that may be either a landline or a mobile (fixed_line_or_mobile, as in North America) are allowed by default.',
  allow_channels:
    'The error is destination_denied. A start with a workflow begins with the first step that is allowed.',
  conversion_guard:
    'Few approvals suggest that calls are made for their own sake: for a share of the revenue of premium ranges. Applied per range (country code and six digits) and mode. One address (IPv6: one /48), or else one device, or else one phone, counts once an hour, however many verifications it starts. A closed range lets three starts a minute through; it reopens once at least five of these requesters have ended and half of the last ten were approved. The tenant’s audit records both, as policy.guard_tripped and policy.guard_opened.',
  spend_per_day: 'In the tenant’s currency, from midnight to midnight UTC. Test calls cost nothing.',
  default_workflow:
    'A list of steps, as in the field `workflow` of a start. A step that reached the phone counts as a start in every limit when the next one begins: choose waits longer than phone_pause_seconds.',
  start_hook:
    'The error is denied_by_hook. Asked after the request is validated and before any limit is counted, never for a repeated request, a retry or a next step. The audit of the verification has the answer as hook.answered.',
  observe:
    'Tries a rule on real traffic: the audit of each verification lists under observed what the rule would have denied. POST /v1/policies/simulate tries changes on past traffic.',
}

/** Every field of a policy: its effect, its default and what to know before changing it. */
export function policyPage({ catalog, texts }: Describing): Html {
  const fields = catalog.schemas.Policy?.properties ?? {}
  return html`<h1>Policy</h1>
<p>A four-digit code has only ten thousand values, and every call costs money: the limits <em>are</em> the security. Each
tenant has one policy, at <code>/v1/policies</code>. It is applied in the transaction of the start, by the clock of the database,
so it holds under any concurrency and across all processes.</p>
<p>A denied start costs nothing, cancels nothing and lengthens no pause. It leaves a <code>denied</code> verification: the answer
names its id as <code>verification</code>, its audit the rule and the count. <code>Retry-After</code> and
<code>RateLimit</code> say when to try again. <code>null</code> switches a limit off.</p>
<p>A <em>requester</em> is the <code>device</code> of a request, or else its <code>client_ip</code> (IPv6: its /64). It is <em>known</em>
for a phone for 90 days after it was approved for it. A new start cancels the active verification of the same requester
(<code>superseded</code>); a start without a requester cancels the one without a requester. Those of other requesters stay active, at
most three per phone (<code>rate_limited</code>, rule <code>live_per_phone</code>); a known requester replaces the oldest.</p>
<div class="wide" tabindex="0"><table><thead><tr><th>Field</th><th>Default</th><th>What it does</th></tr></thead><tbody>
${Object.entries(fields).map(
  ([name, { description }]) => html`<tr id="${name}"><td><code>${name}</code></td>
<td>${defaultOf(name as keyof Policy)}</td><td>${texts.inline(description ?? '')}
<div class="soft">${texts.inline(MORE[name as keyof Policy] ?? '')}</div></td></tr>`,
)}</tbody></table></div>
<p>Test keys have separate counters and the same rules. By default an attacker of one phone has nine guesses a day at four digits or
30 at more, a chance of at most 9·10⁻⁴, and one address has twenty starts an hour. NIST SP 800-63B requires six digits and permits a hundred wrong
attempts: 10⁻⁴. With <code>wrong_guesses_per_phone_day</code> at 1, four digits reach the same chance.</p>`
}

function defaultOf(name: keyof Policy): Html {
  const value = DEFAULT_POLICY[name]
  if (value === null) return html`none`
  if (Array.isArray(value)) return value.length === 0 ? html`none` : html`${value.join(', ')}`
  return html`<code>${typeof value === 'object' ? JSON.stringify(value) : value}</code>`
}
