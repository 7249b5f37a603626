import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ping, WebSocket } from 'undici'

const REOPEN_MS = 250
const PONG = 'undici:websocket:pong'

export type EventSocketOptions = {
  url: URL
  authorization: string
  /** How long nothing may arrive, in milliseconds, until the connection counts as dead. */
  silenceMs: number
  /** Events arrive from now on; earlier ones may have been missed. */
  opened(): void
  heard(text: string): void
  /** The connection was lost, or could not be made; told once until it is back. */
  lost(): void
}

/**
 * A WebSocket that is opened again whenever it is lost. It is pinged: behind a firewall that forgot it, a connection
 * looks open to both sides for ever.
 */
export function openEventSocket(options: EventSocketOptions): { isOpen(): boolean; close(): void } {
  const { silenceMs } = options
  let socket: WebSocket | null = null
  let heardAt = 0
  let reopening: NodeJS.Timeout | undefined
  let isReported = false

  function open(): void {
    const made = new WebSocket(options.url, { headers: { authorization: options.authorization } })
    socket = made
    heardAt = performance.now()
    made.addEventListener('open', () => {
      if (made !== socket) return made.close()
      isReported = false
      options.opened()
    })
    made.addEventListener('message', ({ data }) => {
      if (made !== socket) return
      heardAt = performance.now()
      options.heard(String(data))
    })
    // What went wrong is told by `close`.
    made.addEventListener('error', () => {})
    made.addEventListener('close', () => {
      if (made === socket) lose()
    })
  }

  function lose(): void {
    socket?.close()
    socket = null
    reopening = setTimeout(open, REOPEN_MS)
    if (!isReported) options.lost()
    isReported = true
  }

  const heardPong = (message: unknown) => {
    if ((message as { websocket?: WebSocket }).websocket === socket) heardAt = performance.now()
  }
  subscribe(PONG, heardPong)
  const watchdog = setInterval(() => {
    if (socket && performance.now() - heardAt > silenceMs) lose()
    else if (socket) ping(socket)
  }, silenceMs / 4).unref()
  open()

  return {
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    close() {
      unsubscribe(PONG, heardPong)
      clearInterval(watchdog)
      clearTimeout(reopening)
      const last = socket
      socket = null
      last?.close()
    },
  }
}
