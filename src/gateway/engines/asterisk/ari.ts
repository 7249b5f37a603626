import { type Dispatcher, Pool } from 'undici'
import { z } from 'zod'
import { type ChannelNews, readEvent } from './events.ts'
import { openEventSocket } from './socket.ts'

export type AriOptions = {
  /** Where ARI is, e.g. `http://asterisk:8088/ari`. */
  url: string
  user: string
  password: string
  /** How long no event or pong may arrive until the WebSocket is opened again, in milliseconds. */
  silenceMs: number
  /** The events can be heard now; calls may have ended unheard before. */
  opened(): void
  failed(error: Error): void
  heard(news: ChannelNews): void
}

/**
 * ARI: six requests, and one WebSocket of events that is opened again whenever it is lost. Requests reject with
 * `AriError` if Asterisk cannot be reached or answers something that they do not expect.
 */
export type Ari = {
  isOpen(): boolean
  /** `refused`: certainly no call; `unclear`: the request may have arrived. */
  originate(order: Origination): Promise<'placed' | 'refused' | 'invalid' | 'unclear'>
  /** The channel’s state, e.g. `Ringing`; null if there is none. */
  stateOf(id: string): Promise<string | null>
  /** False if there is no such channel. */
  hangUp(id: string): Promise<boolean>
  /** Hears of a channel that another connection began. */
  subscribe(id: string): Promise<void>
  /** `online`, `offline` or `unknown`; null if Asterisk knows no such endpoint. */
  endpoint(name: string): Promise<string | null>
  close(): Promise<void>
}

/** `endpoint`, `number`: who is called; `from`: the number shown; `seconds`: after which Asterisk gives up. */
export type Origination = { id: string; endpoint: string; number: string; from: string; seconds: number }

export class AriError extends Error {
  override name = 'AriError'
}

const APP = 'ringproof'
const TIMEOUT_MS = 4_000
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

const channelSchema = z.object({ state: z.string() })

export function openAri({ url, user, password, silenceMs, opened, heard, failed }: AriOptions): Ari {
  const base = new URL(url)
  const path = base.pathname.replace(/\/+$/, '')
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const pool = new Pool(base.origin, {
    connections: 32,
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  })

  async function ask(
    method: Dispatcher.HttpMethod,
    segments: string[],
    query: Record<string, string> = {},
    body?: object,
  ): Promise<{ status: number; json: unknown }> {
    const answer = await pool.request({
      method,
      path: `${path}/${segments.map(encodeURIComponent).join('/')}?${new URLSearchParams(query)}`,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    return { status: answer.statusCode, json: readJson(text) }
  }

  /** The answer of a request that may be repeated; null for 404. */
  async function look(...args: Parameters<typeof ask>): Promise<unknown> {
    const { status, json } = await ask(...args).catch((error) => {
      throw new AriError(`Asterisk: ${codeOf(error)}`)
    })
    if (status === 404) return null
    if (status >= 300) throw new AriError(`Asterisk: HTTP ${status}`)
    return json ?? {}
  }

  const eventsUrl = new URL(`${path}/events?${new URLSearchParams({ app: APP })}`, base)
  eventsUrl.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:'
  const events = openEventSocket({
    url: eventsUrl,
    authorization,
    silenceMs,
    opened,
    heard(text) {
      const news = readEvent(text)
      if (news) heard(news)
    },
    lost: () => failed(new AriError('Asterisk: its events cannot be heard')),
  })

  return {
    isOpen: events.isOpen,
    async originate({ id, endpoint, number, from, seconds }) {
      // Numbers are in the body: a proxy may log addresses.
      const call = {
        endpoint: `PJSIP/${number}@${endpoint}`,
        app: APP,
        callerId: from,
        timeout: seconds,
      }
      try {
        const { status } = await ask('POST', ['channels', id], {}, call)
        // 409: the channel of this very call is there.
        if (status < 300 || status === 409) return 'placed'
        if ([502, 503, 504].includes(status)) return 'unclear'
        return status === 400 || status === 422 ? 'invalid' : 'refused'
      } catch (error) {
        return NOT_SENT.has(codeOf(error)) ? 'refused' : 'unclear'
      }
    },
    async stateOf(id) {
      const found = await look('GET', ['channels', id])
      return found === null ? null : (channelSchema.safeParse(found).data?.state ?? 'Unknown')
    },
    hangUp: async (id) => (await look('DELETE', ['channels', id])) !== null,
    async subscribe(id) {
      await look('POST', ['applications', APP, 'subscription'], { eventSource: `channel:${id}` })
    },
    async endpoint(name) {
      const found = await look('GET', ['endpoints', 'PJSIP', name])
      return found === null ? null : (channelSchema.safeParse(found).data?.state ?? 'unknown')
    },
    async close() {
      events.close()
      await pool.destroy()
    },
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Names an error without quoting an address. */
const codeOf = (error: unknown): string =>
  String((error as { code?: unknown } | null)?.code ?? 'no connection')
