import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { CONNECTIONS_MAX, SERVER_LIMITS } from './http/server-limits.ts'
import { ConfigError, readServiceConfig } from './process/config.ts'
import { freeStartupMemory, reportReady, stopOnSignal } from './process/lifecycle.ts'
import { describeError } from './process/log.ts'
import { startTelemetry } from './process/telemetry.ts'
import { prepareInstallation } from './tenants/bootstrap.ts'
import { createWeb } from './web.ts'

/** How long requests in progress may take after the process is told to stop. */
const DRAIN_MS = 4000

async function main(): Promise<void> {
  const config = readServiceConfig()
  const telemetry = await startTelemetry(config, 'api')
  await prepareInstallation(config, { printTestKey: false })
  const app = createApp(config, 'api')
  const http = createWeb(app)
  freeStartupMemory()
  const options = {
    fetch: http.fetch,
    hostname: config.HOST,
    port: config.PORT,
    serverOptions: SERVER_LIMITS,
  }
  const server = serve(options, (info: AddressInfo) => {
    const host = info.family === 'IPv6' ? `[${info.address}]` : info.address
    const url = `http://${host}:${info.port}`
    app.log.info({ url }, 'listening')
    reportReady(url)
  })
  server.maxConnections = CONNECTIONS_MAX
  server.on('error', (error: NodeJS.ErrnoException) => {
    console.error(
      error.code === 'EADDRINUSE'
        ? `PORT: ${config.PORT} is already in use; set another one.`
        : error.message,
    )
    process.exit(1)
  })
  async function stop(): Promise<void> {
    http.drain()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      if ('closeIdleConnections' in server) server.closeIdleConnections()
      setTimeout(() => {
        if ('closeAllConnections' in server) server.closeAllConnections()
      }, DRAIN_MS).unref()
    })
    await http.end()
    await app.close()
    await telemetry.stop()
  }
  stopOnSignal(app.log, stop, DRAIN_MS + 2000)
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : JSON.stringify(describeError(error)))
  process.exit(1)
})
