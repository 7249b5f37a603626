import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createSandbox, type SandboxOptions } from './app.ts'
import type { Sandbox } from './state.ts'
import { openTrunk } from './trunk.ts'

export type RunningSandbox = Sandbox & {
  /** `http://host:port`, without a trailing slash. */
  url: string
  /** Answers requests in progress, drops held connections after a second, then frees the port. */
  close(): Promise<void>
}

const DRAIN_MS = 1_000

/**
 * Serves a sandbox over HTTP and, on the UDP port of the same number, as a SIP trunk; port 0 picks a free port.
 * Rejects if the port is taken.
 */
export async function startSandbox(
  options: SandboxOptions & { host?: string; port?: number } = {},
): Promise<RunningSandbox> {
  const { host = '127.0.0.1', port = 0 } = options
  const { app, ...sandbox } = createSandbox(options)
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  const address = server.address() as AddressInfo
  const trunk = await openTrunk(sandbox, { host, port: address.port }).catch(async (error) => {
    await new Promise<void>((resolve) => server.close(() => resolve()))
    // A port that was free for TCP need not be free for UDP.
    if (port !== 0) throw error
    return null
  })
  if (!trunk) return startSandbox(options)
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    ...sandbox,
    url: `http://${name}:${address.port}`,
    async close() {
      trunk.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const drain = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
      await closed
      clearTimeout(drain)
    },
  }
}
