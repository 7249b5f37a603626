import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

const USER = { user: 'ringproof', password: 'secret of ari' }
const AUTHORIZATION = `Basic ${Buffer.from(`${USER.user}:${USER.password}`).toString('base64')}`
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** An empty pong of a server (RFC 6455 §5.5.3). */
const PONG = Buffer.from([0x8a, 0])

type Channel = { id: string; state: string; heard: boolean; order: Record<string, unknown> }

/**
 * Asterisk as its REST interface shows it: six requests, and events over a WebSocket to the application that began
 * a channel or subscribed to it.
 */
export async function startAsterisk() {
  const channels = new Map<string, Channel>()
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const faults = {
    originate: null as null | number | 'cut',
    endpoint: 'online',
    refuseEvents: false,
    /** Its WebSockets look open, and nothing gets through. */
    halfOpen: false,
    down: false,
    /** The answer to a request to hang up. */
    hangUp: null as null | number,
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://asterisk')
    const [, , kind, id = '', name = ''] = url.pathname.split('/').map(decodeURIComponent)
    const reply = (status: number, body: object = {}) =>
      void response.writeHead(status).end(JSON.stringify(body))
    const order = await bodyOf(request)
    requests.push(`${request.method} ${url.pathname}`)
    if (request.headers.authorization !== AUTHORIZATION) return reply(401)
    if (faults.down) return reply(503)
    if (kind === 'endpoints') {
      return name === 'trunk' ? reply(200, { technology: id, state: faults.endpoint }) : reply(404)
    }
    if (kind === 'applications') {
      const channel = channels.get(String(order.eventSource).replace('channel:', ''))
      if (channel) channel.heard = true
      return channel ? reply(200) : reply(422)
    }
    const channel = channels.get(id)
    if (request.method === 'POST') {
      if (channel) return reply(409)
      if (typeof faults.originate === 'number') return reply(faults.originate)
      channels.set(id, { id, state: 'Down', heard: true, order })
      if (faults.originate === 'cut') response.destroy()
      else reply(200, { id, state: 'Down' })
      return
    }
    if (!channel) return reply(404)
    if (request.method === 'GET') return reply(200, { id, state: channel.state })
    if (faults.hangUp) return reply(faults.hangUp)
    end(id, 16)
    response.writeHead(204).end()
  })
  server.on('upgrade', (request, socket: Socket) => {
    if (faults.down || faults.refuseEvents || request.headers.authorization !== AUTHORIZATION) {
      socket.destroy()
      return
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    sockets.add(socket)
    socket.on('data', (frame: Buffer) => {
      if (((frame[0] ?? 0) & 15) === 9 && !faults.halfOpen) socket.write(PONG)
    })
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))

  function cutEvents() {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    for (const channel of channels.values()) channel.heard = false
  }
  const close = () => {
    cutEvents()
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  onTestFinished(close)

  function tell(channel: Channel, event: object) {
    if (!channel.heard || faults.halfOpen) return
    for (const socket of sockets)
      socket.write(frameOf(JSON.stringify({ application: 'ringproof', ...event })))
  }
  function change(id: string, state: string) {
    const channel = channels.get(id)
    if (!channel) throw new Error(`no channel ${id}`)
    channel.state = state
    tell(channel, { type: 'ChannelStateChange', channel: { id, state } })
  }
  function end(id: string, cause: number, techCause?: number) {
    const channel = channels.get(id)
    if (!channel) return
    channels.delete(id)
    tell(channel, {
      type: 'ChannelDestroyed',
      channel: { id, state: channel.state },
      cause,
      ...(techCause && { tech_cause: techCause }),
    })
  }

  return {
    settings: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ari`, ...USER },
    faults,
    requests,
    orders: () => requests.filter((each) => each.startsWith('POST /ari/channels/')),
    channel: (id: string) => channels.get(id),
    ring: (id: string) => change(id, 'Ringing'),
    answer: (id: string) => change(id, 'Up'),
    dial(id: string, dialstatus: string) {
      const channel = channels.get(id)
      if (channel) tell(channel, { type: 'Dial', peer: { id, state: channel.state }, dialstatus })
    },
    end,
    cutEvents,
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const part of request) text += part
  const query = Object.fromEntries(new URL(request.url ?? '', 'http://asterisk').searchParams)
  return { ...query, ...(text ? JSON.parse(text) : {}) }
}

/** A text frame of a server (RFC 6455 §5.2). */
function frameOf(text: string): Buffer {
  const data = Buffer.from(text)
  const head = Buffer.from([0x81, 126, data.length >> 8, data.length & 255])
  return Buffer.concat([data.length < 126 ? Buffer.from([0x81, data.length]) : head, data])
}
