import { type Api, isFinal, Refusal, type Verification } from './api.ts'

/** A proxy that holds back what arrives, and a dead connection, are both silent. The service speaks every 15 s. */
const FIRST_MS = 5000
const QUIET_MS = 25_000
const POLL_MS = 2000

/**
 * Tells the state at once and after each change, until it is final or `signal` aborts: by events, and by polling
 * while there is no stream. Tells `null` when the service cannot be reached. Throws a `Refusal` for a wrong token.
 */
export async function follow(
  api: Api,
  signal: AbortSignal,
  tell: (verification: Verification | null) => void,
): Promise<void> {
  let lastId = ''
  let canStream = true
  let ended = false

  function news(verification: Verification): void {
    ended = isFinal(verification)
    if (!signal.aborted) tell(verification)
  }

  async function stream(): Promise<void> {
    const own = new AbortController()
    let heard = false
    let timer = 0
    const listen = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => own.abort(), ms)
    }
    listen(FIRST_MS)
    try {
      const response = await api.request('events', {
        signal: AbortSignal.any([signal, own.signal]),
        ...(lastId && { headers: { 'last-event-id': lastId } }),
      })
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (let text = ''; ; ) {
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) return
        heard = true
        listen(QUIET_MS)
        const events = (text + value).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          const data = /^data: (.*)/m.exec(event)?.[1]
          lastId = /^id: (.*)/m.exec(event)?.[1] ?? lastId
          if (data) news(JSON.parse(data))
        }
      }
    } finally {
      clearTimeout(timer)
      if (own.signal.aborted && !heard) canStream = false
    }
  }

  while (!ended && !signal.aborted) {
    if (canStream) await stream().catch(forget)
    if (ended || signal.aborted) return
    await api.get().then(news, (error) => {
      forget(error)
      if (!signal.aborted) tell(null)
    })
    if (!ended) await pause(POLL_MS * (0.5 + Math.random()), signal)
  }
}

/** A lost connection is tried again; a token that is not accepted will not be. */
function forget(error: unknown): void {
  if (error instanceof Refusal && /40[13]/.test(`${error.status}`)) throw error
}

/** Ends early when the user returns to the page or the network comes back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const own = new AbortController()
    const done = () => {
      own.abort()
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done, own)
    document.addEventListener('visibilitychange', done, own)
    signal.addEventListener('abort', done, own)
  })
}
