import { type Html, html, when } from '../../html/html.ts'
import { type Described, type Group, nameOf } from './catalog.ts'
import { type Describing, fieldList, parameterList, typeName } from './fields.ts'
import { sampleBar, sampleBlock } from './sample-block.ts'
import type { Content } from './shapes.ts'

/** The page of a tag: its operations, then the objects they return. */
export function groupPage(group: Group, describing: Describing): Html {
  const { schemas } = describing.catalog
  return html`<h1>${group.tag}</h1>
${when(group.about, (about) => describing.texts.paragraphs(about))}
${sampleBar()}
${group.operations.map((operation) => operationSection(operation, describing))}
${when(
  group.objects.length > 0,
  () => html`<section class="objects"><h2 id="objects">Objects</h2>
${group.objects.map(
  (name) => html`<details class="object" id="schema-${name}"><summary><code>${name}</code></summary>
${fieldList(schemas[name] ?? {}, describing)}</details>`,
)}</section>`,
)}`
}

function operationSection(described: Described, describing: Describing): Html {
  const { id, method, path, operation } = described
  const { texts } = describing
  const scope = operation['x-required-scope']
  const parameters = operation.parameters ?? []
  const inPath = parameters.filter(({ in: place }) => place === 'path')
  const inQuery = parameters.filter(({ in: place }) => place === 'query')
  const body = operation.requestBody?.content?.['application/json']?.schema
  return html`<section class="operation" id="${id}">
<h2><a class="anchor" href="#${id}">${operation.summary}</a></h2>
<div class="both"><div class="text"><p class="endpoint"><code><span class="method ${method.toLowerCase()}">${method}</span> ${path}</code></p>
${when(operation.description, (text) => texts.paragraphs(text))}
<p class="soft">${scope ? html`Scope: <code>${scope}</code>` : needsToken(operation) ? html`Needs a client token.` : 'Needs no API key.'}</p>
${when(inPath.length > 0, () => html`<h3>Path</h3>${parameterList(inPath, describing)}`)}
${when(inQuery.length > 0, () => html`<h3>Query</h3>${parameterList(inQuery, describing)}`)}
${when(body, (schema) => html`<h3>Body</h3>${fieldList(schema, describing)}`)}
<h3>Answers</h3>
<ul class="answers">${Object.entries(operation.responses).map(
    ([status, { description, content }]) =>
      html`<li><code class="status">${status}</code> ${answerText(description, describing)} ${answerType(content, describing)}</li>`,
  )}</ul></div>
${sampleBlock(described)}</div>
</section>`
}

const needsToken = ({ security = [] }: Described['operation']) =>
  security.some((each) => 'clientToken' in each)

/** A paragraph that starts with an error code in backticks stands for that error. */
function answerText(text: string, { texts }: Describing): Html {
  const errors = text.split('\n\n').map((line) => /^`([a-z_]+)`:/.exec(line)?.[1])
  if (!errors.every(Boolean)) return texts.inline(text.replaceAll('\n\n', ' '))
  return html`${errors.map((code, i) => html`${i > 0 ? ', ' : ''}<a href="/docs/errors/${code}"><code>${code}</code></a>`)}`
}

function answerType(content: Content | undefined, { catalog }: Describing): Html | string {
  const schema = content?.['application/json']?.schema
  return schema && nameOf(schema) ? html`Returns ${typeName(schema, catalog)}.` : ''
}
