import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import type { TestHttp } from './client.ts'

type ServerOptions = NonNullable<Parameters<typeof serve>[0]['serverOptions']>

/** Serves a test's API on a free port of 127.0.0.1. `close` breaks connections that are still open. */
export async function listen({ http }: Pick<TestHttp, 'http'>, serverOptions: ServerOptions = {}) {
  const options = { fetch: http.fetch, hostname: '127.0.0.1', port: 0, serverOptions }
  const { server, port } = await new Promise<{ server: ServerType; port: number }>((resolve) => {
    const server = serve(options, (info: AddressInfo) => resolve({ server, port: info.port }))
  })
  return {
    port,
    async close(): Promise<void> {
      ;(server as Server).closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Listening = Awaited<ReturnType<typeof listen>>
