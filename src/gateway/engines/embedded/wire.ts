import { createSocket, type RemoteInfo } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import sip, { type Message, type Request, type Response, type Via } from 'sip'
import { createStreamReader, readMessage } from './reading.ts'

/** Where a message goes: one address, already resolved. */
export type Target = { transport: 'udp' | 'tcp'; address: string; port: number }

/**
 * The sockets: one for UDP, a connection for each TCP target. What does not come from an allowed address is
 * dropped before it is read.
 */
export type Wire = {
  port: number
  send(message: Message, target: Target): void
  /** Lets an address speak to us; call the result to end that. */
  allow(address: string): () => void
  /**
   * Calls `broken` when a TCP connection to the target breaks; `wasOpen`: otherwise nothing has left. Call the result
   * to end that.
   */
  watch(target: Target, broken: (wasOpen: boolean) => void): () => void
  close(): Promise<void>
}

export type WireOptions = {
  address: string
  port: number
  heard(message: Message, from: Target): void
  failed(error: Error): void
}

/** What waits for a connection leaves late, or never. */
const CONNECT_MS = 4_000
/** Trunks keep idle connections open; ours end after this, and open again when needed. */
const IDLE_MS = 300_000

export const keyOf = ({ address, port, transport }: Target): string => `${transport}:${address}:${port}`

/** Opens the UDP socket. Rejects if the port is taken. */
export async function openWire({ address, port, heard, failed }: WireOptions): Promise<Wire> {
  const allowed = new Map<string, number>()
  const connections = new Map<string, Socket>()
  const watchers = new Map<string, Set<(wasOpen: boolean) => void>>()

  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, () => resolve())
  })
  socket.removeAllListeners('error').on('error', failed)
  socket.on('message', (data: Buffer, from: RemoteInfo) => {
    if (!allowed.has(from.address)) return
    const message = readMessage(data)
    if (message) receive(message, { transport: 'udp', address: from.address, port: from.port })
  })

  function receive(message: Message, from: Target): void {
    try {
      heard(withShortBranch(message), from)
    } catch (error) {
      failed(error as Error)
    }
  }

  function connectionTo(target: Target): Socket {
    const key = keyOf(target)
    const open = connections.get(key)
    if (open && !open.destroyed) return open
    const made = connect({ host: target.address, port: target.port, timeout: CONNECT_MS })
    connections.set(key, made)
    let wasOpen = false
    made.setNoDelay(true)
    made.on('connect', () => {
      wasOpen = true
      made.setTimeout(IDLE_MS)
    })
    made.on(
      'data',
      createStreamReader(
        (message) => receive(message, target),
        () => made.destroy(),
      ),
    )
    made.on('end', () => made.destroy())
    made.on('timeout', () => made.destroy())
    made.on('error', () => made.destroy())
    made.on('close', () => {
      if (connections.get(key) !== made) return
      connections.delete(key)
      for (const broken of [...(watchers.get(key) ?? [])]) broken(wasOpen)
    })
    return made
  }

  return {
    port: (socket.address() as AddressInfo).port,
    send(message, target) {
      const text = sip.stringify('method' in message ? withLongBranch(message) : message)
      if (target.transport === 'tcp') connectionTo(target).write(text, 'latin1')
      else socket.send(Buffer.from(text, 'latin1'), target.port, target.address, () => {})
    },
    allow(from) {
      allowed.set(from, (allowed.get(from) ?? 0) + 1)
      return () => {
        const left = (allowed.get(from) ?? 1) - 1
        if (left === 0) allowed.delete(from)
        else allowed.set(from, left)
      }
    },
    watch(target, broken) {
      const key = keyOf(target)
      const set = watchers.get(key) ?? new Set()
      watchers.set(key, set.add(broken))
      return () => {
        set.delete(broken)
        if (set.size === 0) watchers.delete(key)
      }
    },
    async close() {
      for (const connection of connections.values()) connection.destroy()
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    },
  }
}

/**
 * The package has only a million branches, and some trunks tell calls apart by nothing else: on the wire, the
 * Call-ID makes them unique.
 */
function withLongBranch(request: Request): Request {
  const [first, ...rest] = request.headers.via
  if (!first) return request
  const unique = request.headers['call-id'].replace(/[^A-Za-z0-9]/g, '').slice(0, 20)
  const via: Via = { ...first, params: { ...first.params, branch: `${first.params.branch}.${unique}` } }
  return { ...request, headers: { ...request.headers, via: [via, ...rest] } }
}

function withShortBranch(message: Message): Message {
  const params = message.headers.via[0]?.params
  if (!('method' in message) && params && typeof params.branch === 'string') {
    params.branch = params.branch.replace(/\..*$/, '')
  }
  return message as Response
}
