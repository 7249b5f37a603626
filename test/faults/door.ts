import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What becomes of an order on its way to the gateway: the gateway gets it or not, and the worker gets silence or a
 * 503 of something in between.
 */
export type Mishap = { arrives: boolean; answer: 'none' | 503 }

/** A network between workers and the gateway. */
export async function startDoor(target: string, atEnd: (stop: () => Promise<void>) => void) {
  let mishap: Mishap | null = null
  let struck = 0

  function pass(asked: IncomingMessage, answer: ServerResponse): void {
    const isOrder = asked.method === 'PUT' && asked.url?.startsWith('/v1/calls/')
    const fate = isOrder ? mishap : null
    if (fate) struck += 1
    const respond = (reply: IncomingMessage | null): void => {
      if (fate?.answer === 'none') return void reply?.resume()
      if (fate) return void answer.writeHead(503).end('Service Unavailable')
      if (!reply) return void asked.socket.destroy()
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    }
    if (fate && !fate.arrives) {
      respond(null)
      return
    }
    const { method, headers } = asked
    const forwarded = request(new URL(asked.url ?? '/', target), { method, headers }, respond)
    forwarded.on('error', () => asked.socket.destroy())
    asked.pipe(forwarded)
  }

  const server = createServer(pass)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** From now on every order meets it; null: none. */
    strike(next: Mishap | null) {
      mishap = next
      struck = 0
    },
    /** How many orders it met. */
    struck: () => struck,
  }
}
