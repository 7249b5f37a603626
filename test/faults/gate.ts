import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a gate holds: a request before it reaches the operator, or the operator's answer on its way back. */
export type Hold = { request: 'get_code' | 'get_status'; before: 'request' | 'answer' }

type Held = { go(): void; drop(): void }

/** A network between workers and simulated operators that can hold, release or lose requests and answers. */
export async function startGates(sandboxUrl: string) {
  const holds = new Map<string, Hold>()
  const held = new Map<string, Held[]>()

  /** Resolves to true when the gate lets it through, to false when it is lost. */
  function pass(gate: string, hold: Hold): Promise<boolean> {
    const wanted = holds.get(gate)
    if (wanted?.request !== hold.request || wanted.before !== hold.before) return Promise.resolve(true)
    return new Promise((resolve) => {
      const list = held.get(gate) ?? []
      list.push({ go: () => resolve(true), drop: () => resolve(false) })
      held.set(gate, list)
    })
  }

  async function relay(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const [, gate = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(asked.url ?? '') ?? []
    const name = (['get_code', 'get_status'] as const).find((each) => path.includes(`/${each}/`))
    const lose = (): void => void asked.socket.resetAndDestroy()
    if (name && !(await pass(gate, { request: name, before: 'request' }))) return lose()
    // Even if the sender is gone by now: what was sent arrives.
    const bring = async (reply: IncomingMessage): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of reply) chunks.push(chunk as Buffer)
      if (name && !(await pass(gate, { request: name, before: 'answer' }))) return lose()
      if (asked.socket.destroyed) return
      answer.writeHead(reply.statusCode ?? 502, {
        'content-type': reply.headers['content-type'] ?? 'text/plain',
      })
      answer.end(Buffer.concat(chunks))
    }
    const forwarded = request(
      new URL(path, sandboxUrl),
      { method: asked.method ?? 'GET' },
      (reply) => void bring(reply),
    )
    forwarded.on('error', lose)
    forwarded.end()
  }

  const server = createServer((asked, answer) => void relay(asked, answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const take = (gate: string) => {
    const list = held.get(gate) ?? []
    held.delete(gate)
    return list
  }
  return {
    /** The address of an operator behind the gate. */
    url: (gate: string, operator: string) => `http://127.0.0.1:${port}/${gate}/${operator}`,
    close: (gate: string, hold: Hold) => void holds.set(gate, hold),
    open: (gate: string) => void holds.delete(gate),
    held: (gate: string) => held.get(gate)?.length ?? 0,
    letGo(gate: string) {
      for (const one of take(gate)) one.go()
    },
    /** Loses everything held at the gate: the connections break. */
    drop(gate: string) {
      for (const one of take(gate)) one.drop()
    },
    async stop() {
      for (const gate of held.keys()) for (const one of take(gate)) one.drop()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export type Gates = Awaited<ReturnType<typeof startGates>>
