import { type Html, html, when } from '../../html/html.ts'
import { csrfField } from '../csrf.ts'
import type { Visit } from '../visit.ts'
import { placeOf } from '../zone.ts'

/** The time zone of the page, and a form that changes it. A script offers the names of all zones. `back`: this page. */
export function zoneMenu(visit: Visit, back: string): Html {
  const { t, zone } = visit
  const button = (value: string, text: string, isCurrent: boolean) =>
    html`<button class="quiet" name="zone" value="${value}" formnovalidate${isCurrent ? html` aria-current="true"` : ''}>${text}</button>`
  return html`<details class="zone"><summary class="quiet" title="${t.shell.times(zone.name)}"><span class="hidden">${t.shell.zone}: </span>${placeOf(zone.name)}</summary>
<form method="post" action="/console/preferences" class="menu">${csrfField(visit)}<input type="hidden" name="back" value="${back}">
<button class="hidden" tabindex="-1" aria-hidden="true">${t.shell.useZone}</button>
${button('browser', t.shell.browserZone(zone.browser), zone.chosen === null)}${button('UTC', 'UTC', zone.chosen === 'UTC')}
<div class="field"><label for="zone">${t.shell.zone}</label><input id="zone" name="zone" list="zones" required placeholder="Europe/Moscow" autocomplete="off" spellcheck="false"${when(zone.chosen, (name) => html` value="${name}"`)}><datalist id="zones"></datalist></div>
<button class="quiet">${t.shell.useZone}</button></form></details>`
}
