import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type Received = { method: string; path: string; headers: Record<string, string>; body: string }

export type Reply = { status: number; headers?: Record<string, string>; body: string | Buffer }

/** Answers a request, or acts on the socket itself. */
export type Behaviour = (request: Received, socket: Socket) => Reply | undefined

export type RawOperator = {
  url: string
  /** Every complete request, in order. */
  requests: Received[]
  /** The number of accepted connections. */
  connections: () => number
}

/** An operator that sends given bytes over a real socket; it stops with the test. */
export async function rawOperator(
  behaviour: Behaviour,
  options: { onConnection?: (socket: Socket) => void } = {},
): Promise<RawOperator> {
  const requests: Received[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    options.onConnection?.(socket)
    let buffered = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk])
      for (let read = readRequest(buffered); read; read = readRequest(buffered)) {
        buffered = buffered.subarray(read.length)
        requests.push(read.request)
        const reply = behaviour(read.request, socket)
        if (reply && !socket.destroyed) socket.write(toBuffer(reply))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
  }
}

/** A text answer with the right Content-Length. */
export const toBytes = (reply: Reply): string => toBuffer(reply).toString()

function toBuffer({ status, headers = {}, body }: Reply): Buffer {
  const all = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.concat([
    Buffer.from([`HTTP/1.1 ${status} Status`, ...lines, '', ''].join('\r\n')),
    Buffer.from(body),
  ])
}

/** A local port where nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

function readRequest(bytes: Buffer): { request: Received; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [method = '', path = ''] = first.split(' ')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const length = end + 4 + Number(headers['content-length'] ?? 0)
  if (bytes.length < length) return null
  return {
    request: { method, path, headers, body: bytes.subarray(end + 4, length).toString('utf8') },
    length,
  }
}
