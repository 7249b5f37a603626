import { AppError } from '../../errors.ts'
import { redeliver, testEndpoint } from '../../events/deliveries.ts'
import { deleteEndpoint, getEndpoint, rotateSecret, updateEndpoint } from '../../events/endpoints.ts'
import { type EndpointView, RotateSecretInput, UpdateEndpointInput } from '../../events/schemas.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { copiedId } from '../parts/copy.ts'
import { deliveriesOf } from '../parts/deliveries.ts'
import { endpointForm, endpointInput, endpointState, webhookSecret } from '../parts/endpoint.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/webhooks'
const OVERLAP_SECONDS = 86_400

/** One webhook endpoint: change, test, rotate, disable, delete, and its deliveries with a way to resend. */
export function webhookPages(console: Console): void {
  console.page(`${PATH}/:id`, 'admin', (member) => showEndpoint(member))

  console.form(`${PATH}/:id`, 'admin', async (member, form) => {
    const { c, id } = member
    try {
      const secret = await act(member, form)
      if (secret) return await showEndpoint(member, { secret })
      return redirect(c, form.text('action') === 'delete' ? `${PATH}?deleted=1` : `${PATH}/${id}?done=1`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return showEndpoint(member, { error, form })
    }
  })
}

/** Does what the form asks. Resolves to a new secret, if there is one. */
async function act({ context, id }: Member, form: Form): Promise<string | null> {
  switch (form.text('action')) {
    case 'test':
      await testEndpoint(context, { id })
      return null
    case 'resend':
      await redeliver(context, { id: form.text('delivery') })
      return null
    case 'enable':
    case 'disable':
      await updateEndpoint(context, { id, changes: { enabled: form.text('action') === 'enable' } })
      return null
    case 'rotate': {
      const overlap = Number(form.text('overlap_seconds') || OVERLAP_SECONDS)
      const input = validate(RotateSecretInput, { overlap_seconds: overlap }, 'body')
      return (await rotateSecret(context, { id, ...input })).secret
    }
    case 'delete':
      if (!form.has('sure')) throw new AppError('invalid_request', { detail: say('deletion_unconfirmed') })
      await deleteEndpoint(context, { id })
      return null
    default:
      await updateEndpoint(context, {
        id,
        changes: validate(UpdateEndpointInput, endpointInput(form), 'body'),
      })
      return null
  }
}

type Shown = { error?: AppError; form?: Form; secret?: string }

async function showEndpoint(member: Member, { error, form, secret }: Shown = {}): Promise<Page> {
  const { t, context, id, query } = member
  const endpoint = await getEndpoint(context, { id })
  const shown = form?.text('action') === 'save' ? form : formOf(endpoint)
  return {
    title: t.webhooks.endpoint,
    section: 'webhooks',
    status: error?.status ?? 200,
    body: html`<p class="crumbs"><a href="${PATH}">${t.nav.webhooks}</a></p>
<div class="head"><h1 class="wrap">${endpoint.url}</h1>${endpointState(member, endpoint)}</div>
${problemBox(member, error ?? null)}${when(secret, (fresh) => webhookSecret(member, t.webhooks.rotated, fresh))}
${when(query.done && !error, () => html`<p class="box good" role="status">${t.webhooks.done}</p>`)}
${when(endpoint.disabled_reason, (reason) => html`<p class="box warn">${t.webhooks.reasons[reason]}</p>`)}
${factsOf(member, endpoint)}
<div class="row">${buttonForm(member, 'test', t.webhooks.test)}${
      endpoint.enabled
        ? buttonForm(member, 'disable', t.webhooks.disable)
        : buttonForm(member, 'enable', t.webhooks.enable)
    }</div>
${await deliveriesOf(member, endpoint)}
<section aria-labelledby="change"><h2 id="change">${t.webhooks.change}</h2>${endpointForm(member, `${PATH}/${id}`, shown, t.webhooks.save)}</section>
<section aria-labelledby="rotate"><h2 id="rotate">${t.webhooks.rotate}</h2><p class="soft">${t.webhooks.rotateHelp}</p>
<form method="post" action="${PATH}/${id}" class="row">${csrfField(member)}<div class="field"><label for="overlap">${t.webhooks.overlap}</label>
<select id="overlap" name="overlap_seconds">${t.keys.overlaps.map(([seconds, name]) => html`<option value="${seconds}"${seconds === OVERLAP_SECONDS ? html` selected` : ''}>${name}</option>`)}</select></div>
<button name="action" value="rotate">${t.webhooks.rotate}</button></form></section>
<section aria-labelledby="delete"><h2 id="delete">${t.webhooks.delete}</h2><p class="soft">${t.webhooks.deleteHelp}</p>
<form method="post" action="${PATH}/${id}" class="row">${csrfField(member)}<div class="checks"><label><input type="checkbox" name="sure" value="1"> ${t.webhooks.sure}</label></div>
<button class="danger" name="action" value="delete">${t.webhooks.delete}</button></form></section>`,
  }
}

function formOf({ url, description, event_types: types }: EndpointView): Form {
  const fields = new URLSearchParams({ url, description: description ?? '' })
  for (const type of types ?? []) fields.append('event_types', type)
  return new Form(fields)
}

function factsOf(member: Member, endpoint: EndpointView): Html {
  const { t, format } = member
  const { failing_since: failing, former_secret_until: former } = endpoint
  return html`<dl class="facts"><div><dt>${t.facts.id}</dt><dd>${copiedId(member, endpoint.id)}</dd></div>
<div><dt>${t.webhooks.types}</dt><dd>${endpoint.event_types?.join(', ') ?? t.webhooks.allTypes}</dd></div>
${when(endpoint.description, (text) => html`<div><dt>${t.webhooks.description}</dt><dd>${text}</dd></div>`)}
<div><dt>${t.webhooks.createdAt}</dt><dd>${format.moment(endpoint.created_at)}</dd></div>
${when(failing, (since) => html`<div><dt>${t.webhooks.failingSince}</dt><dd>${format.moment(since)}</dd></div>`)}
${when(former, (until) => html`<div><dt>${t.webhooks.formerUntil}</dt><dd>${format.moment(until)}</dd></div>`)}</dl>`
}

const buttonForm = (member: Member, action: string, text: string): Html =>
  html`<form method="post" action="${PATH}/${member.id}">${csrfField(member)}<button name="action" value="${action}">${text}</button></form>`
