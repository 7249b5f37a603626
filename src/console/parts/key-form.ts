import { type Html, html } from '../../html/html.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'

const SCOPES = ['verify', 'read', 'billing', 'admin'] as const
const NAME_MAX = 100

/** The form for a new key. A test key can create only test keys. */
export function keyForm(member: Member, form: Form): Html {
  const { t, user } = member
  const isFresh = !form.has('csrf')
  const scopes = isFresh ? ['verify', 'read'] : form.all('scopes')
  const mode = form.text('mode') || 'test'
  const modes = user.actor.livemode ? (['test', 'live'] as const) : (['test'] as const)
  return html`<form method="post" action="/console/keys" class="stack panel">${csrfField(member)}
<div class="field"><label for="name">${t.keys.name}</label><input id="name" name="name" value="${form.text('name')}" required maxlength="${NAME_MAX}" autocomplete="off"></div>
<fieldset><legend>${t.keys.mode}</legend><div class="checks">${modes.map(
    (name) =>
      html`<label><input type="radio" name="mode" value="${name}"${name === mode ? html` checked` : ''}> ${t.keys.modes[name]}</label>`,
  )}</div></fieldset>
<fieldset><legend>${t.keys.scopes}</legend><div class="checks">${SCOPES.map(
    (scope) =>
      html`<label><input type="checkbox" name="scopes" value="${scope}"${scopes.includes(scope) ? html` checked` : ''}> <span><code>${scope}</code> <span class="soft">${t.keys.scopeHelp[scope]}</span></span></label>`,
  )}</div></fieldset>
<div class="field"><label for="networks">${t.keys.networks} <span class="soft">${t.keys.networksHelp}</span></label><textarea id="networks" name="networks" rows="2" spellcheck="false" placeholder="10.0.0.0/8">${form.text('networks')}</textarea></div>
<div class="field"><label for="expires">${t.keys.expires} <span class="soft">${t.keys.expiresHelp}</span></label><input id="expires" name="expires" type="date" value="${form.text('expires')}"></div>
<p><button class="main">${t.keys.create}</button></p></form>`
}
