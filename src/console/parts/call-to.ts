import { raw } from 'hono/html'
import { type Html, html } from '../../html/html.ts'
import { qrOf } from '../../verifications/call-to.ts'
import type { VerificationView } from '../../verifications/schemas.ts'
import type { Visit } from '../visit.ts'

/** The number that the user calls: to read, to tap, and as a QR code. */
export function callToPanel({ t, format }: Visit, callTo: NonNullable<VerificationView['call_to']>): Html {
  return html`<section class="call-to" aria-labelledby="call-to"><div><h2 id="call-to">${t.callTo.title}</h2>
<p class="number"><a href="${callTo.uri}">${callTo.display}</a></p>
<p class="soft">${t.callTo.help}</p>
<p class="soft">${t.callTo.until} ${format.moment(callTo.expires_at)}</p></div>
<div class="qr" role="img" aria-label="${t.callTo.qr}">${raw(qrOf(callTo.uri))}</div></section>`
}
