import type { Described } from '../catalog.ts'

/** A request to show in any language. */
export type SampleRequest = {
  method: string
  url: string
  /** Null: none is needed. */
  key: string | null
  body?: unknown
  /** Whether the answer is JSON, another text, or nothing. */
  answers: 'json' | 'text' | 'nothing'
}

/** What stands for the reader's key in every sample. */
export const TEST_KEY = 'rp_test_YOUR_KEY'
const LIVE_KEY = 'rp_live_YOUR_KEY'
const CLIENT_TOKEN = 'vct_YOUR_TOKEN'

/** The example request of an operation. `base`: the address of the installation. */
export function sampleOf({ method, path, operation }: Described, base: string): SampleRequest {
  const parameters = operation.parameters ?? []
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const found = parameters.find((parameter) => parameter.name === name)
    return encodeURIComponent(String(found?.example ?? `{${name}}`))
  })
  const query = parameters
    .filter(({ in: place, example }) => place === 'query' && example !== undefined)
    .map(({ name, example }) => `${name}=${encodeURIComponent(String(example))}`)
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))
  const content = success?.[1].content
  const body = operation.requestBody?.content?.['application/json']?.example
  return {
    method,
    url: base + filled + (query.length > 0 ? `?${query.join('&')}` : ''),
    key: keyFor(operation),
    ...(body !== undefined && { body }),
    answers: !content ? 'nothing' : content['application/json'] ? 'json' : 'text',
  }
}

function keyFor(operation: Described['operation']): string | null {
  const scope = operation['x-required-scope']
  if (!scope) return operation.security?.some((each) => 'clientToken' in each) ? CLIENT_TOKEN : null
  return scope === 'admin' || operation['x-required-mode'] === 'live' ? LIVE_KEY : TEST_KEY
}
