import type { Service } from './service.ts'

// biome-ignore lint/suspicious/noExplicitAny: the demo reads fields by name, as any client would
export type Answer = { status: number; body: any }

export type SendRequest = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Sends requests as any client would. */
export function createClient({ url, key }: Service): SendRequest {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(10_000),
    })
    return { status: response.status, body: await response.json() }
  }
}

/** Throws for any other status, with the reason the service gave. */
export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status === status) return answer
  const { code, detail } = answer.body
  throw new Error(`${what} was answered ${answer.status} (${code}: ${detail}), not ${status}`)
}
