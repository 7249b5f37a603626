import { CHANNELS } from '../../channels/channels.ts'
import { type Html, html } from '../../html/html.ts'
import type { Form } from '../form.ts'
import type { Visit } from '../visit.ts'
import { STEP_ROWS, stepField } from '../workflow-form.ts'

/** The channels that a policy allows, and the workflow of starts that name none. */
export function channelFields(visit: Visit, form: Form, note: Html): Html {
  const { t } = visit
  const ticked = form.all('allow_channels')
  const isAll = form.text('channels_allowed') === 'all'
  const choices = [
    ['all', t.policy.allChannels, isAll],
    ['ticked', t.policy.tickedChannels, !isAll],
  ] as const
  return html`<section aria-labelledby="channels"><h2 id="channels">${t.policy.channels}</h2>
<fieldset class="stack"><legend>${t.policy.rules.allow_channels}</legend><div class="checks">${choices.map(
    ([value, name, isChosen]) =>
      html`<label><input type="radio" name="channels_allowed" value="${value}"${isChosen ? html` checked` : ''}> ${name}</label>`,
  )}</div><div class="checks">${CHANNELS.map(
    (channel) =>
      html`<label><input type="checkbox" name="allow_channels" value="${channel}"${ticked.includes(channel) ? html` checked` : ''}> ${t.channels[channel]}</label>`,
  )}</div>${note}</fieldset>
<fieldset class="stack"><legend>${t.policy.defaultWorkflow}</legend><p class="soft">${t.policy.workflowHelp}</p>
${STEP_ROWS.map((row) => stepRow(visit, form, row))}</fieldset></section>`
}

function stepRow({ t }: Visit, form: Form, row: number): Html {
  const [channel, wait] = [stepField(row, 'channel'), stepField(row, 'wait')]
  const chosen = form.text(channel)
  const options = CHANNELS.map(
    (name) =>
      html`<option value="${name}"${name === chosen ? html` selected` : ''}>${t.channels[name]}</option>`,
  )
  return html`<div class="row step"><div class="field"><label for="${channel}">${t.policy.step(row)}</label>
<select id="${channel}" name="${channel}"><option value="">–</option>${options}</select></div>
<div class="field"><label for="${wait}">${t.policy.wait}</label><input id="${wait}" name="${wait}" inputmode="numeric" placeholder="45" value="${form.text(wait)}" autocomplete="off"></div></div>`
}
