import openapiTS, { astToString } from 'openapi-typescript'

/** The group of operations that `sdk/typescript` covers. */
const TAG = 'Verifications'

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is walked, not used
type Json = any

/** The types of `sdk/typescript/src/generated.ts`: what `/openapi.json` says of verifications and problems. */
export async function sdkTypes(document: Json): Promise<string> {
  const paths = Object.entries<Json>(document.paths).flatMap(([path, methods]) => {
    const own = Object.entries<Json>(methods).filter(([, { tags }]) => tags.includes(TAG))
    return own.length > 0 ? [[path, Object.fromEntries(own.map(withoutProblems))]] : []
  })
  const kept = { ...document, paths: Object.fromEntries(paths), components: { schemas: {} } }
  const { schemas } = document.components
  for (const name of ['Problem', ...namesIn(paths)]) keep(name)
  function keep(name: string): void {
    if (name in kept.components.schemas) return
    kept.components.schemas[name] = schemas[name]
    for (const inner of namesIn(schemas[name])) keep(inner)
  }
  const text = astToString(await openapiTS(withoutExamples(kept)))
  return `// Generated from /openapi.json by \`npm run sdk-types\`.\n${text}`
}

const withoutProblems = ([method, operation]: [string, Json]) => [
  method,
  {
    ...operation,
    responses: Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status < '4')),
  },
]

/** The schemas that a part of the document refers to. */
const namesIn = (part: Json) =>
  [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name)

const withoutExamples = (part: Json) =>
  JSON.parse(JSON.stringify(part, (name, value) => (name === 'example' ? undefined : value)))
