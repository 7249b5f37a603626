import { CHANNELS, type Channel } from '../../channels/channels.ts'
import type { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { inWords, say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

export const PHONE = '+79243555100'
const SPECIAL_PHONES = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((last) => `+7900000000${last}`)
/** The shortest wait that a workflow can have. */
const WAIT_SECONDS = 15

const WORKFLOWS = ['flash_call,sms', 'flash_call,sms,telegram', 'flash_call,sms,inbound_call']
const SCENARIOS = [
  ['+79000000010', 'flash_call,sms'],
  ['+79000000011', 'flash_call,sms,inbound_call'],
  ['+79000000012', 'sms,telegram'],
] as const

/** What a way to reach the phone means for a start: one channel, or several, divided by commas. */
export function wayOf(way: string): { channel: string } | { workflow: object[] } {
  const channels = way.split(',')
  const [channel = '', ...more] = channels
  if (more.length === 0) return { channel }
  return { workflow: channels.map((channel) => ({ channel, wait_seconds: WAIT_SECONDS })) }
}

/** Where a newcomer chooses a phone and how to reach it. `way`: as in `wayOf`. */
export function beginPage(
  member: Member,
  asked: { phone: string; way: string },
  error: AppError | null,
): Page {
  const { t, user, can, language } = member
  const title = t.try.title
  if (user.actor.livemode || !can('verify')) {
    const why = user.actor.livemode ? say('page_needs_test_key') : say('scope_needed', { scope: 'verify' })
    return {
      title,
      section: 'try',
      body: html`<h1>${title}</h1><div class="empty"><p>${inWords(language, why)}</p></div>`,
    }
  }
  const channels = channelsOf(member)
  const has = (way: string) => way.split(',').every((channel) => channels.includes(channel as Channel))
  const option = (way: string) =>
    html`<option value="${way}"${way === asked.way ? html` selected` : ''}>${wayName(member, way)}</option>`
  return {
    title,
    section: 'try',
    status: error?.status ?? 200,
    body: html`<h1>${title}</h1>
<p class="lead">${t.try.intro}</p>
${problemBox(member, error)}
<form method="post" action="/console/try">${csrfField(member)}
<div class="row"><div class="field"><label for="phone">${t.try.phone}</label>
<input id="phone" name="phone" type="tel" value="${asked.phone}" required autocomplete="off" class="big"></div>
<div class="field"><label for="way">${t.try.way}</label><select id="way" name="way" class="big">${channels.map(option)}<optgroup label="${t.try.ways}">${WORKFLOWS.filter(has).map(option)}</optgroup></select></div>
<button class="main">${t.try.call}</button></div>
<h2 id="scenarios">${t.try.scenarios}</h2>
<p class="soft">${t.try.scenariosHelp}</p>
<ul class="chips" aria-labelledby="scenarios">${SCENARIOS.filter(([, way]) => has(way)).map(([phone, way]) =>
      chip(`${phone} ${way}`, phone, t.try.scenarioTexts[phone], wayName(member, way)),
    )}</ul>
<h2 id="specials">${t.try.specials}</h2>
<p class="soft">${t.try.specialsHelp}</p>
<ul class="chips" aria-labelledby="specials">${SPECIAL_PHONES.map((phone, i) => chip(phone, phone, t.try.specialPhones[i] ?? ''))}</ul></form>`,
  }
}

function chip(value: string, phone: string, text: string, way?: string): Html {
  return html`<li><button name="special" value="${value}" formnovalidate><span class="number">${phone}</span>${when(way, (name) => html`<span class="way">${name}</span>`)}<span class="soft">${text}</span></button></li>`
}

const wayName = ({ t }: Member, way: string) =>
  way
    .split(',')
    .map((channel) => t.channels[channel as Channel])
    .join(' → ')

/** The channels that a simulated operator has. */
function channelsOf({ context: { providers } }: Member): Channel[] {
  const all = Object.values(providers).map(({ capabilities, settings }) => {
    // A trunk has no default settings, and no channel of its own.
    const { data } = settings.safeParse({})
    return data ? capabilities(data).channels : {}
  })
  return CHANNELS.filter((channel) => all.some((channels) => channels[channel]))
}
