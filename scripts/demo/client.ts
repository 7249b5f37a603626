import type { Service } from './service.ts'

// biome-ignore lint/suspicious/noExplicitAny: the demo reads what any client would, by name
export type Answer = { status: number; body: any }

export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Asks the service as any client would. */
export function createClient({ url, key }: Service): Ask {
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

/** Throws where the answer is another, with the reason that the service gave. */
export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status === status) return answer
  const { code, detail } = answer.body
  throw new Error(`${what} was answered ${answer.status} (${code}: ${detail}), not ${status}`)
}
