import type { EndpointView } from '../../events/schemas.ts'
import { WEBHOOK_TYPES } from '../../events/types.ts'
import { type Html, html } from '../../html/html.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'
import { secretBox } from './secret.ts'
import { badge } from './status.ts'

const URL_MAX = 500
const DESCRIPTION_MAX = 200

/** The form for an endpoint. No type ticked: all of them. */
export function endpointForm(member: Member, path: string, form: Form, submit: string): Html {
  const { t } = member
  const types = form.all('event_types')
  return html`<form method="post" action="${path}" class="stack panel">${csrfField(member)}
<div class="field"><label for="url">${t.webhooks.url}</label><input id="url" name="url" type="url" value="${form.text('url')}" required maxlength="${URL_MAX}" autocomplete="off" placeholder="https://example.com/webhooks"></div>
<div class="field"><label for="description">${t.webhooks.description}</label><input id="description" name="description" value="${form.text('description')}" maxlength="${DESCRIPTION_MAX}" autocomplete="off"></div>
<fieldset><legend>${t.webhooks.types} <span class="soft">${t.webhooks.typesHelp}</span></legend><div class="checks">${WEBHOOK_TYPES.map(
    (type) =>
      html`<label><input type="checkbox" name="event_types" value="${type}"${types.includes(type) ? html` checked` : ''}> <code>${type}</code></label>`,
  )}</div></fieldset>
<p><button class="main" name="action" value="save">${submit}</button></p></form>`
}

/** The form as the API takes it. */
export function endpointInput(form: Form) {
  const types = form.all('event_types')
  return {
    url: form.text('url'),
    description: form.text('description'),
    event_types: types.length > 0 ? types : null,
  }
}

/** Whether the endpoint is enabled, failing or disabled. */
export function endpointState({ t }: Member, { enabled, failing_since: since }: EndpointView): Html {
  if (!enabled) return badge('bad', t.webhooks.disabled)
  return since ? badge('warn', t.webhooks.failing) : badge('good', t.webhooks.enabled)
}

/** A secret, shown once. */
export const webhookSecret = (member: Member, title: string, secret: string): Html =>
  secretBox(member, { title, note: member.t.keys.onlyOnce }, { [title]: secret })
