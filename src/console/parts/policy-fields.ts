import { type Html, html, when } from '../../html/html.ts'
import { NUMBER_TYPES, RULES } from '../../limits/schemas.ts'
import type { Form } from '../form.ts'
import { KEPT_WINDOWS, keptField, NUMBERS, PREFIXES } from '../policy-form.ts'
import type { Member } from '../visit.ts'
import { channelFields } from './channel-fields.ts'

/** Every field of a policy, with the number of starts it denied in the last week. */
export function policyFields(member: Member, form: Form, denials: ReadonlyMap<string, number>): Html {
  const { t } = member
  const note = (rule: string) => deniedNote(member, denials.get(rule) ?? 0)
  const ticked = { types: form.all('deny_number_types'), observe: form.all('observe') }
  return html`<section aria-labelledby="limits"><h2 id="limits">${t.policy.limits}</h2><p class="soft">${t.policy.emptyIsOff}</p>
<div class="fields">${NUMBERS.map(
    (name) => html`<div class="field"><label for="${name}">${t.policy.rules[name]}</label>
<input id="${name}" name="${name}" inputmode="numeric" value="${form.text(name)}" autocomplete="off">${note(name)}</div>`,
  )}
<div class="field"><label for="spend_per_day">${t.policy.rules.spend_per_day}</label>
<input id="spend_per_day" name="spend_per_day" inputmode="decimal" value="${form.text('spend_per_day')}" autocomplete="off">${note('spend_per_day')}</div></div></section>
<section aria-labelledby="known"><h2 id="known">${t.policy.rules.starts_kept_for_known}</h2><p class="soft">${t.policy.knownHelp}</p>
<div class="fields">${KEPT_WINDOWS.map(
    (
      window,
    ) => html`<div class="field"><label for="${keptField(window)}">${t.policy.keptWindows[window]}</label>
<input id="${keptField(window)}" name="${keptField(window)}" inputmode="numeric" value="${form.text(keptField(window))}" autocomplete="off"></div>`,
  )}</div>${note('starts_kept_for_known')}</section>
<section aria-labelledby="destinations"><h2 id="destinations">${t.policy.destinations}</h2>
<div class="fields">${PREFIXES.map(
    (
      name,
    ) => html`<div class="field"><label for="${name}">${t.policy.rules[name]} <span class="soft">${t.policy.onePerLine}</span></label>
<textarea id="${name}" name="${name}" rows="3" spellcheck="false" placeholder="+7924">${form.text(name)}</textarea>${note(name)}</div>`,
  )}</div>
<fieldset><legend>${t.policy.rules.deny_number_types}</legend><div class="checks">${NUMBER_TYPES.map(
    (type) =>
      html`<label><input type="checkbox" name="deny_number_types" value="${type}"${ticked.types.includes(type) ? html` checked` : ''}> ${t.policy.types[type]}</label>`,
  )}</div>${note('deny_number_types')}</fieldset></section>
${channelFields(member, form, note('allow_channels'))}
<section aria-labelledby="guard"><h2 id="guard">${t.policy.rules.conversion_guard}</h2><p class="soft">${t.policy.guardHelp}</p>
<div class="fields"><div class="field"><label for="min_finished">${t.policy.minFinished}</label><input id="min_finished" name="min_finished" inputmode="numeric" value="${form.text('min_finished')}"></div>
<div class="field"><label for="min_approved_percent">${t.policy.minApproved}</label><input id="min_approved_percent" name="min_approved_percent" inputmode="decimal" value="${form.text('min_approved_percent')}"></div></div>${note('conversion_guard')}</section>
<section aria-labelledby="observe"><fieldset><legend><h2 id="observe">${t.policy.observe}</h2></legend><p class="soft">${t.policy.observeHelp}</p>
<div class="checks">${RULES.map(
    (rule) =>
      html`<label><input type="checkbox" name="observe" value="${rule}"${ticked.observe.includes(rule) ? html` checked` : ''}> ${t.policy.rules[rule]}</label>`,
  )}</div></fieldset></section>`
}

function deniedNote({ t, format }: Member, count: number): Html {
  return when(count > 0, () => html`<span class="soft">${t.policy.denied(format.number(count))}</span>`)
}
