import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'

/** Something short with a button that copies its text. `what`: its name, for those who hear the button. */
export const copied = (visit: Visit, what: string, shown: Html): Html =>
  html`<span class="copied">${shown}${copyButton(visit, what)}</span>`

/** An id that can be copied. */
export const copiedId = (visit: Visit, id: string): Html =>
  copied(visit, visit.t.facts.id, html`<code>${id}</code>`)

/** Lines that can be copied whole. `label`: the id of their heading. */
export const copiedLines = (visit: Visit, what: string, label: string, lines: string): Html =>
  html`<div class="copied"><pre class="wrap" tabindex="0" aria-labelledby="${label}">${lines}</pre>${copyButton(visit, what)}</div>`

/** Copies the text of the element before it. The style sheet hides it from browsers without scripts. */
function copyButton({ t }: Visit, what: string): Html {
  return html`<button type="button" class="copy" title="${t.copy.copy}" data-copied="${t.copy.copied}"><span class="hidden">${t.copy.copy}: ${what}</span></button>`
}
