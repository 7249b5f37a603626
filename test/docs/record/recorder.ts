import type { Answer, Stack } from '../../setup/processes.ts'
import { createPlaceholders } from './placeholders.ts'

/** One request and its answer, as they stand in the OpenAPI document. */
export type Example = {
  path?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  status: number
  answer?: unknown
}

type Asked = { path?: string; query?: Record<string, string>; body?: unknown; key?: string }

/** Asks a running service by operation, and keeps the first answer to each. */
export async function createRecorder(stack: Stack) {
  const { body: document } = await stack.request('GET', '/openapi.json', { key: null })
  const placeholder = createPlaceholders(Date.now())
  const examples = new Map<string, Example>()
  const places = new Map<string, { method: string; path: string }>()
  for (const [path, methods] of Object.entries<Record<string, { operationId: string }>>(document.paths)) {
    for (const [method, { operationId }] of Object.entries(methods)) {
      places.set(operationId, { method: method.toUpperCase(), path })
    }
  }

  /** Fails unless the answer is a success. `path`: the value of the parameter in the path. */
  async function ask(id: string, { path: value, query, body, key = stack.adminKey }: Asked = {}) {
    const place = places.get(id)
    if (!place) throw new Error(`no operation is named ${id}`)
    const [, name = ''] = /\{(\w+)\}/.exec(place.path) ?? []
    const path = place.path.replace(/\{\w+\}/, encodeURIComponent(value ?? ''))
    const search = query ? `?${new URLSearchParams(query)}` : ''
    const answer = await stack.request(place.method, path + search, {
      key,
      ...(body !== undefined && { body }),
    })
    if (answer.status >= 300) throw new Error(`${id}: ${answer.status} ${answer.text}`)
    if (!examples.has(id)) {
      examples.set(
        id,
        placeholder({
          ...(name && { path: { [name]: value } }),
          ...(query && { query }),
          ...(body !== undefined && { body }),
          status: answer.status,
          ...(answer.text !== '' && { answer: shown(answer) }),
        }) as Example,
      )
    }
    return answer.body
  }

  return { ask, places, examples }
}

export type Recorder = Awaited<ReturnType<typeof createRecorder>>

/** The whole answer, of a text its beginning, and of the OpenAPI document what it is. */
function shown({ body, text }: Answer): unknown {
  if (body?.openapi)
    return { openapi: body.openapi, info: { title: body.info.title, version: body.info.version } }
  return body ?? `${text.slice(0, 120)}…`
}
