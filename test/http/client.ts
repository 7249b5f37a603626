import { createTenant } from '../../src/tenants/create.ts'
import { publicId } from '../../src/values/ids.ts'
import { createWeb, type WebOptions } from '../../src/web.ts'
import { startTestApp } from '../setup/app.ts'
import { serveEveryPhone } from '../setup/route.ts'

export const ADMIN_KEY = `rp_live_${'A'.repeat(40)}`

export type Answer = {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of any shape, and fails where it is another
  body: any
  text: string
}

export type RequestOptions = {
  /** ADMIN_KEY by default; null: none. */
  key?: string | null
  /** A string is sent as it is. */
  body?: unknown
  headers?: Record<string, string>
  /** The address of the socket. */
  address?: string
}

export type Client = (method: string, path: string, options?: RequestOptions) => Promise<Answer>

/** Sends requests to a Hono application, without a server. */
export function clientOf(http: ReturnType<typeof createWeb>): Client {
  return async (method, path, { key = ADMIN_KEY, body, headers = {}, address } = {}) => {
    const all: Record<string, string> = {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const env = address === undefined ? {} : { incoming: { socket: { remoteAddress: address } } }
    const init = { method, headers: all, ...(text !== undefined && { body: text }) }
    const response = await http.request(path, init, env)
    const answer = await response.text()
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
    const { status, headers: answered } = response
    return {
      status,
      headers: answered,
      text: answer,
      body: isJson && answer ? JSON.parse(answer) : undefined,
    }
  }
}

/** The API over a database of its own, with a first tenant, ADMIN_KEY and a route for every phone. */
export async function startTestHttp(env: Record<string, string> = {}, options: WebOptions = {}) {
  const test = await startTestApp({ BOOTSTRAP_ADMIN_KEY: ADMIN_KEY, ...env })
  const first = await createTenant(test.app, { name: 'first', isFirst: true, defaultRegion: 'RU' })
  if (!first) throw new Error('the first tenant was not created')
  await serveEveryPhone(test.app, first.id)
  const http = createWeb(test.app, options)
  const request = clientOf(http)

  /** Makes a key, of the first tenant and for tests unless `input` says otherwise. */
  async function newKey(input: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
    const body = { name: 'a key', scopes: ['verify', 'read'], ...input }
    const answer = await request('POST', '/v1/api-keys', { body })
    if (answer.status !== 201) throw new Error(answer.text)
    return answer.body
  }

  return { ...test, http, request, newKey, firstTenant: publicId('tenant', first.id) }
}

export type TestHttp = Awaited<ReturnType<typeof startTestHttp>>
