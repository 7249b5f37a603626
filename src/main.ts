import { createApp } from './app.ts'
import { troubleOfReplica } from './db/replica.ts'
import { listen } from './http/listen.ts'
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
  if (config.DATABASE_READ_URL) {
    // Not awaited: starts and checks do without it.
    troubleOfReplica(config.DATABASE_READ_URL, app.db).then(
      (trouble) => trouble && app.log.warn(trouble),
      () => {},
    )
  }
  freeStartupMemory()
  const server = await listen(http.fetch, { host: config.HOST, port: config.PORT, setting: 'PORT' })
  async function stop(): Promise<void> {
    http.drain()
    await server.close(DRAIN_MS)
    await http.end()
    await app.close()
    await telemetry.stop()
  }
  stopOnSignal(app.log, stop, DRAIN_MS + 2000)
  app.log.info({ url: server.url }, 'listening')
  reportReady(server.url)
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : JSON.stringify(describeError(error)))
  process.exit(1)
})
