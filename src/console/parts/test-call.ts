import type { Channel } from '../../channels/channels.ts'
import type { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import type { AccountView } from '../../routing/schemas.ts'
import type { previewCall } from '../../routing/test-call.ts'
import { channelsOf } from '../../routing/used-by.ts'
import { csrfField } from '../csrf.ts'
import { faultOf } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'

/** The form for a call to one's own phone, or why this session cannot make one. */
export function testCallForm(
  member: Member,
  account: AccountView,
  { isRouted, form, error = null }: { isRouted: boolean; form?: Form; error?: AppError | null },
): Html {
  const { t, context, user, can } = member
  const why = !user.actor.livemode
    ? t.testCall.needsLive
    : !can('verify')
      ? t.testCall.needsVerify
      : isRouted
        ? null
        : t.testCall.needsRoute
  const fault = faultOf(member, error, 'phone')
  const body =
    why === null
      ? html`<form method="post" action="/console/operators/${account.id}/call" class="row">${csrfField(member)}
<div class="field"><label for="phone">${t.testCall.phone}</label><input id="phone" name="phone" type="tel" value="${form?.text('phone') ?? ''}" required autocomplete="tel" placeholder="+7"${fault.mark}>${fault.text}</div>
<div class="field"><label for="channel">${t.testCall.channel}</label><select id="channel" name="channel">${channelsOf(
          context,
          account,
        ).map(
          (name) =>
            html`<option value="${name}"${name === form?.text('channel') ? html` selected` : ''}>${t.channels[name]}</option>`,
        )}</select></div>
<button class="main" name="action" value="preview">${t.testCall.go}</button></form>`
      : html`<p class="box">${why}</p>`
  return html`<section aria-labelledby="test-call"><h2 id="test-call">${t.testCall.title}</h2><p class="soft">${t.testCall.intro}</p>${body}</section>`
}

type Preview = Awaited<ReturnType<typeof previewCall>>

/** What the call will use and cost, and the button that makes it. */
export function callPreview(
  member: Member,
  account: { id: string; name: string; cost: string | null },
  { phone, accounts, price }: Preview,
  channel: Channel,
): Html {
  const { t, format } = member
  const place = accounts.findIndex(({ id }) => id === account.id)
  return html`<section class="box warn" aria-labelledby="confirm"><h2 id="confirm">${t.testCall.confirm}</h2>
<p>${t.testCall.rings(phone)}</p>
${when(place < 0, () => html`<p><strong>${t.testCall.notServed(account.name)}</strong></p>`)}
${when(place > 0, () => html`<p><strong>${t.testCall.notFirst(account.name)}</strong></p>`)}
<dl class="facts"><div><dt>${t.testCall.channel}</dt><dd>${t.channels[channel]}</dd></div>
<div><dt>${t.testCall.through}</dt><dd>${accounts.map(({ name }) => name).join(' → ') || t.accounts.none} <span class="soft">${accounts.length > 1 ? t.testCall.throughHelp : ''}</span></dd></div>
<div><dt>${t.testCall.price}</dt><dd>${price ? format.money(price) : t.testCall.free}</dd></div>
<div><dt>${t.testCall.cost}</dt><dd>${(place === 0 && account.cost) || t.testCall.costUnknown}</dd></div></dl>
<form method="post" action="/console/operators/${account.id}/call" class="row">${csrfField(member)}<input type="hidden" name="phone" value="${phone}"><input type="hidden" name="channel" value="${channel}">
${when(place >= 0, () => html`<button class="main" name="action" value="call">${t.testCall.callNow}</button>`)}<a class="button" href="/console/operators/${account.id}#test-call">${t.testCall.back}</a></form></section>`
}
