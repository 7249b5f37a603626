import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'
import { copiedLines } from './copy.ts'

/** What is shown only now, each secret by its name. `note`: that it will not be shown again. */
export function secretBox(
  visit: Visit,
  { title, note }: { title: string; note: string },
  secrets: Readonly<Record<string, string>>,
): Html {
  const all = Object.entries(secrets)
  return html`<section class="box good" aria-labelledby="secret" role="status"><h2 id="secret">${title}</h2>
<p>${note}</p>${all.map(([name, secret]) => html`${all.length > 1 ? html`<p class="soft">${name}</p>` : ''}${copiedLines(visit, name, 'secret', secret)}`)}</section>`
}
