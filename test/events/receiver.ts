import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived, and what its body says. */
export type Received = {
  path: string
  id: string
  headers: Record<string, string>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into bodies of any type
  body: any
}

type React = (received: Received, response: ServerResponse, nth: number) => void

/** Answers with a status, and headers if any. */
export const answer =
  (status: number, headers: Record<string, string> = {}, text = ''): React =>
  (_, response) =>
    response.writeHead(status, headers).end(text)

/** A receiver of webhooks on a port of 127.0.0.1. `react` answers each request; with 204 by default. */
export async function startReceiver(react: React = answer(204)) {
  const received: Received[] = []
  let reaction = react
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const headers = request.headers as Record<string, string>
    const one = {
      path: request.url ?? '',
      id: headers['webhook-id'] ?? '',
      headers,
      text,
      body: JSON.parse(text),
    }
    received.push(one)
    reaction(one, response, received.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    /** The types that arrived, in order of arrival. */
    types: () => received.map(({ body }) => body.type as string),
    react(next: React) {
      reaction = next
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
