import { type Html, html } from '../../html/html.ts'
import type { Describing } from './fields.ts'
import { LISTS } from './lists.ts'

/** Every list of values, each value with what it means. */
export function listsPage({ texts }: Describing): Html {
  return html`<h1>Lists of values</h1>
<p>What fields can contain. Later versions may add values: treat one that you do not know as the closest you do, and never as a
success. Error codes have <a href="/docs/errors">their own pages</a>.</p>
<ul>${LISTS.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul>
${LISTS.map(
  ({ id, title, about, values }) => html`<h2 id="${id}"><a class="anchor" href="#${id}">${title}</a></h2>
<p>${texts.inline(about)}</p>
<dl class="list">${Object.entries(values).map(
    ([value, meaning]) =>
      html`<div id="${id}-${value}"><dt><code>${value}</code></dt><dd>${texts.inline(meaning)}</dd></div>`,
  )}</dl>`,
)}`
}
