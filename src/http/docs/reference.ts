import { html } from 'hono/html'
import type { ApiDocument } from '../openapi.ts'
import type { Html } from './layout.ts'
import { schemaTable } from './schema-table.ts'
import type { Operation, Schema } from './shapes.ts'

/** The operations of the OpenAPI document, by tag. */
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
${operation.description?.split('\n\n').map((paragraph) => html`<p>${paragraph.split('\n').map((line) => html`${line}<br>`)}</p>`) ?? ''}
<p class="soft">${scope ? html`Scope: <code>${scope}</code>` : 'No API key needed.'}</p>
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
<h4>Responses</h4>
<div class="wide"><table><tbody>${Object.entries(operation.responses).map(
    ([status, response]) => html`<tr><td>${status}</td><td>${describeAnswer(response.description)}</td>
<td>${answerSchema(response.content)}</td></tr>`,
  )}</tbody></table></div>
</details>`
}

/** Turns the error code at the start of each paragraph (in backticks) into a link. */
function describeAnswer(text: string): Html[] {
  return text.split('\n\n').map((line) => {
    const [, code, rest] = /^`([a-z_]+)`(.*)$/s.exec(line) ?? []
    return code
      ? html`<div><a href="/docs/errors/${code}"><code>${code}</code></a>${rest}</div>`
      : html`<div>${line}</div>`
  })
}

function answerSchema(content: Record<string, { schema?: Schema }> | undefined): Html | string {
  const name = content?.['application/json']?.schema?.$ref?.split('/').at(-1)
  return name ? html`<a href="#schema-${name}">${name}</a>` : ''
}

/** Every named schema of the OpenAPI document. */
export function schemaReference(document: ApiDocument): Html {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  return html`<h2 id="objects">Objects</h2>
${Object.entries(schemas).map(
  ([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>
${schemaTable(schema, schemas)}</details>`,
)}`
}
