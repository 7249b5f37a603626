export type Channel = 'flash_call' | 'voice' | 'sms' | 'telegram' | 'inbound_call'

/** What the component reads of a verification. */
export type Verification = {
  id: string
  status: string
  phone: string
  channel: Channel
  next_channel: Channel | null
  retry_at: string | null
  code_length: number | null
  code_lengths: number[]
  caller_hint: { prefix: string; masked: string } | null
  call_to: { uri: string; display: string } | null
  expires_at: string
  failure: { code: string } | null
}

export const isFinal = ({ status }: Verification) => !/^(pending|calling|delivered)$/.test(status)

/** The service answered, and said no. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly checksLeft: number | undefined
  /** How long to wait before the next try, in milliseconds. */
  readonly waitMs: number

  constructor({ status, headers }: Response, problem: { code?: string; checks_left?: number }) {
    super(problem.code)
    this.status = status
    this.code = problem.code ?? ''
    this.checksLeft = problem.checks_left
    this.waitMs = Number(headers.get('retry-after') ?? 1) * 1000
  }
}

const TRIES = 3

export type Api = ReturnType<typeof createApi>

/** Requests with the token of one verification. */
export function createApi(base: string, token: string) {
  let aheadMs = 0

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${base}/v1/client/${path}`, {
      cache: 'no-store',
      credentials: 'omit',
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    })
    const date = Date.parse(response.headers.get('date') ?? '')
    if (date) aheadMs = date - Date.now()
    if (response.ok) return response
    throw new Refusal(response, await response.json().catch(() => ({})))
  }

  return {
    request,
    /** Now, by the clock of the service. */
    now: () => Date.now() + aheadMs,
    get: async (): Promise<Verification> => (await request('verification')).json(),
    /** Repeats the request after a lost connection: its key lets it take effect once. */
    async post(path: string, body: object = {}): Promise<Verification> {
      const key = [...crypto.getRandomValues(new Uint8Array(16))].join('')
      const headers = { 'content-type': 'application/json', 'idempotency-key': key }
      for (let left = TRIES; ; left -= 1) {
        try {
          return await (await request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
        } catch (error) {
          const mayPass =
            !(error instanceof Refusal) || error.status === 503 || error.code === 'code_not_ready'
          if (!mayPass || left === 1) throw error
          await new Promise((resolve) => setTimeout(resolve, 1000))
        }
      }
    },
  }
}
