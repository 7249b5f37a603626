import { createSocket, type RemoteInfo } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import sip, { type Message, type Request, type Response, type Via } from 'sip'

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
  /** Calls `broken` when a TCP connection to the target breaks; call the result to end that. */
  watch(target: Target, broken: () => void): () => void
  close(): Promise<void>
}

export type WireOptions = {
  address: string
  port: number
  heard(message: Message, from: Target): void
  failed(error: Error): void
}

const HEADER_BYTES_MAX = 16_384
const BODY_BYTES_MAX = 65_536
/** Trunks keep quiet connections open; ours end after this, to be opened again when needed. */
const QUIET_MS = 300_000

export const keyOf = ({ address, port, transport }: Target): string => `${transport}:${address}:${port}`

/** Opens the UDP socket. Rejects if the port is taken. */
export async function openWire({ address, port, heard, failed }: WireOptions): Promise<Wire> {
  const allowed = new Map<string, number>()
  const connections = new Map<string, Socket>()
  const watchers = new Map<string, Set<() => void>>()

  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, () => resolve())
  })
  socket.removeAllListeners('error').on('error', failed)
  socket.on('message', (data: Buffer, from: RemoteInfo) => {
    if (!allowed.has(from.address)) return
    const message = parse(data)
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
    if (open) return open
    const made = connect({ host: target.address, port: target.port, timeout: QUIET_MS })
    connections.set(key, made)
    made.setNoDelay(true).setEncoding('latin1')
    const parser = sip.makeStreamParser(
      (message) => isWhole(message) && receive(message, target),
      () => made.destroy(),
      HEADER_BYTES_MAX,
      BODY_BYTES_MAX,
    )
    made.on('data', (data: unknown) => {
      try {
        parser(String(data))
      } catch {
        made.destroy()
      }
    })
    made.on('timeout', () => made.end())
    made.on('error', () => made.destroy())
    made.on('close', () => {
      if (connections.get(key) !== made) return
      connections.delete(key)
      for (const broken of [...(watchers.get(key) ?? [])]) broken()
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

function parse(data: Buffer): Message | null {
  try {
    const message = sip.parse(data)
    return message && isWhole(message) ? message : null
  } catch {
    return null
  }
}

/** Whether everything is there that transactions read. */
function isWhole(message: Message): boolean {
  const { headers } = message
  const via = headers?.via
  return Boolean(
    ('method' in message || (message.status >= 100 && message.status <= 699)) &&
      Array.isArray(via) &&
      via[0]?.params &&
      typeof headers['call-id'] === 'string' &&
      headers.from?.uri &&
      headers.to?.uri &&
      headers.cseq?.method,
  )
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
