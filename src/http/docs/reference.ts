import { type Html, html } from '../../html/html.ts'
import type { ApiDocument } from '../openapi.ts'
import { schemaTable } from './schema-table.ts'
import type { Operation, Schema } from './shapes.ts'
import { withCode } from './with-code.ts'

/** Every operation of the OpenAPI document, by tag. */
export function reference(document: ApiDocument): Html {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  )
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'Other')
  return html`<h2 id="reference">Reference</h2>
${[...byTag].map(
  ([tag, own]) => html`<h3>${tag}</h3>
${own.map(({ path, method, operation }) => describeOperation(path, method, operation, schemas))}`,
)}`
}

function describeOperation(
  path: string,
  method: string,
  operation: Operation,
  schemas: Record<string, Schema>,
): Html {
  const scope = operation['x-required-scope']
  const body = operation.requestBody?.content?.['application/json']?.schema
  const parameters = operation.parameters?.filter(({ in: place }) => place === 'query') ?? []
  return html`<details id="${operation.operationId}">
<summary><code><span class="method">${method.toUpperCase()}</span>${path}</code> · ${operation.summary}</summary>
${operation.description?.split('\n\n').map((paragraph) => html`<p>${paragraph.split('\n').map((line) => html`${withCode(line)}<br>`)}</p>`) ?? ''}
<p class="soft">${scope ? html`Scope: <code>${scope}</code>` : 'Needs no API key.'}</p>
${
  parameters.length > 0
    ? html`<h4>Query</h4>${schemaTable(
        {
          properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
          required: parameters.filter(({ required }) => required).map(({ name }) => name),
        },
        schemas,
      )}`
    : ''
}
${body ? html`<h4>Body</h4>${schemaTable(body, schemas)}` : ''}
<h4>Answers</h4>
<div class="wide"><table><tbody>${Object.entries(operation.responses).map(
    ([status, response]) => html`<tr><td>${status}</td><td>${describeAnswer(response.description)}</td>
<td>${answerSchema(response.content)}</td></tr>`,
  )}</tbody></table></div>
</details>`
}

/** A paragraph that starts with an error code in backticks links to its explanation. */
function describeAnswer(text: string): Html[] {
  return text.split('\n\n').map((line) => {
    const [, code, rest] = /^`([a-z_]+)`(.*)$/s.exec(line) ?? []
    return code
      ? html`<div><a href="/docs/errors/${code}"><code>${code}</code></a>${withCode(rest ?? '')}</div>`
      : html`<div>${withCode(line)}</div>`
  })
}

function answerSchema(content: Record<string, { schema?: Schema }> | undefined): Html | string {
  const name = content?.['application/json']?.schema?.$ref?.split('/').at(-1)
  return name ? html`<a href="#schema-${name}">${name}</a>` : ''
}

/** Every named schema of requests and answers. */
export function schemaReference(document: ApiDocument): Html {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  return html`<h2 id="objects">Objects</h2>
${Object.entries(schemas).map(
  ([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>
${schemaTable(schema, schemas)}</details>`,
)}`
}
