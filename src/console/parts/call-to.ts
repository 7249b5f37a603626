import { raw } from 'hono/html'
import { type Html, html, NONE } from '../../html/html.ts'
import { qrOf } from '../../verifications/call-to.ts'
import type { VerificationView } from '../../verifications/schemas.ts'
import type { Visit } from '../visit.ts'
import { copied } from './copy.ts'
import { skeleton } from './skeleton.ts'
import { isOver } from './status.ts'

/** The number that the user calls: to read, to tap, and as a QR code; its place while an operator is asked for one. */
export function callToPanel(visit: Visit, { call_to: callTo, channel, status }: VerificationView): Html {
  const { t, format } = visit
  if (!callTo) return channel === 'inbound_call' && !isOver({ status }) ? skeleton('tall') : NONE
  return html`<section class="call-to" aria-labelledby="call-to"><div><h2 id="call-to">${t.callTo.title}</h2>
<p class="number">${copied(visit, t.list.phone, html`<a href="${callTo.uri}">${callTo.display}</a>`)}</p>
<p class="soft">${t.callTo.help}</p>
<p class="soft">${t.callTo.until} ${format.moment(callTo.expires_at)}</p></div>
<div class="qr" role="img" aria-label="${t.callTo.qr}">${raw(qrOf(callTo.uri))}</div></section>`
}
