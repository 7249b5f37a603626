import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { CONNECTIONS_MAX, SERVER_LIMITS } from './server-limits.ts'

export type Listening = {
  /** `http://host:port`. */
  url: string
  /** Frees the port and resolves when requests in progress have ended; cuts them off after `limitMs`. */
  close(limitMs: number): Promise<void>
}

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch']

/** Serves a Hono application; port 0 picks a free one. Exits with a line that names `setting` if it cannot. */
export async function listen(
  fetch: Fetch,
  { host, port, setting }: { host: string; port: number; setting: string },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch, hostname: host, serverOptions: SERVER_LIMITS }) as Server
  server.maxConnections = CONNECTIONS_MAX
  server.on('error', (error: NodeJS.ErrnoException) => {
    const taken = `${setting}: ${port} is already in use; set another one.`
    console.error(error.code === 'EADDRINUSE' ? taken : error.message)
    process.exit(1)
  })
  await new Promise<void>((resolve) => server.listen(port, host, () => resolve()))
  const info = server.address() as AddressInfo
  return {
    url: `http://${info.family === 'IPv6' ? `[${info.address}]` : info.address}:${info.port}`,
    close: (limitMs) =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), limitMs).unref()
      }),
  }
}
