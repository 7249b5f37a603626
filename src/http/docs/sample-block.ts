import { type Html, html, when } from '../../html/html.ts'
import { BASE } from './base.ts'
import type { Described } from './catalog.ts'
import { LANGUAGES } from './samples/languages.ts'
import { sampleOf, TEST_KEY } from './samples/request.ts'

/** Chooses the language of all samples of the page, without a script; with one, takes a test key. */
export function sampleBar(): Html {
  return html`<form class="bar"><fieldset><legend class="hidden">Language of the samples</legend>
${LANGUAGES.map(
  ({ id, name }, i) =>
    html`<label><input type="radio" name="language" id="language-${id}" value="${id}"${when(i === 0, () => html` checked`)}>${name}</label>`,
)}</fieldset>
<label class="key" hidden>Your test key <input id="key" type="password" placeholder="rp_test_…" autocomplete="off" spellcheck="false"></label>
<p class="key-help soft" role="status" hidden></p></form>`
}

/** An operation's example request in every language, its answer, and what the script needs to run it. */
export function sampleBlock(described: Described): Html {
  const request = sampleOf(described, BASE)
  const { operation } = described
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))
  const [answer] = Object.values(success?.[1].content ?? {})
  return html`<div class="code">
${LANGUAGES.map(({ id, write }) => html`<pre class="sample ${id}" tabindex="0"><code>${write(request)}</code></pre>`)}
${when(request.key === TEST_KEY, () => runButton(described))}
<p class="answered">Answer <code class="status">${success?.[0]}</code></p>
${when(answer?.example, (example) => html`<pre tabindex="0"><code>${typeof example === 'string' ? example : JSON.stringify(example, null, 2)}</code></pre>`)}
</div>`
}

/** Only requests that a test key may send: nobody rings a real phone from a page by accident. */
function runButton({ method, path, operation }: Described): Html {
  const parameters = (operation.parameters ?? [])
    .filter(({ in: place }) => place !== 'header')
    .map(({ name, in: place, example }) => ({ name, place, example: example ?? '' }))
  const body = operation.requestBody?.content?.['application/json']?.example
  const run = { method, path, parameters, body: body === undefined ? null : JSON.stringify(body, null, 2) }
  return html`<button class="run" type="button" data-run="${JSON.stringify(run)}" hidden>Run it</button>`
}
