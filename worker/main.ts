import { Worker } from 'bullmq'
import { createApp } from '../src/app.ts'
import type { App, Context } from '../src/context.ts'
import { ConfigError, readServiceConfig } from '../src/process/config.ts'
import { freeStartupMemory, keepHeapSmall, reportReady, stopOnSignal } from '../src/process/lifecycle.ts'
import { describeError } from '../src/process/log.ts'
import { startTelemetry } from '../src/process/telemetry.ts'
import { queueBackend } from '../src/queue/backend.ts'
import { BUNDLES_AT_ONCE, QUEUE_NAMES } from '../src/queue/jobs.ts'
import { createTroubleLog } from '../src/queue/trouble.ts'
import { prepareInstallation } from '../src/tenants/bootstrap.ts'
import { startChores } from './chores.ts'
import { createJobs } from './jobs.ts'

/**
 * How long calls in progress may take after the process is told to stop; the sweep finds unfinished attempts.
 */
const DRAIN_MS = 4000
/** How long a scrape in progress may take then. */
const PROBE_MS = 500

async function main(): Promise<void> {
  keepHeapSmall()
  const config = readServiceConfig()
  const telemetry = await startTelemetry(config, 'worker')
  await prepareInstallation(config, { printTestKey: false })
  const app = createApp(config, 'worker')
  const context: Context = { ...app, actor: { type: 'worker' }, requestId: null }
  const backend = queueBackend(config, 'worker')
  const logTrouble = createTroubleLog(config, app.log)

  const jobs = createJobs(context)
  const probes = await serveProbes(app)

  freeStartupMemory()
  const workers = QUEUE_NAMES.map((name) => {
    const options = {
      connection: backend.connection,
      concurrency: BUNDLES_AT_ONCE,
      maxStalledCount: 1,
      runRetryDelay: 1000,
    }
    const worker = new Worker(name, (job) => jobs.run(job.name, job.data), options, backend.factory)
    worker.on('error', logTrouble)
    worker.on('failed', (job, error) =>
      app.log.error(
        { queue: name, job: job?.name, id: job?.id, ...describeError(error) },
        'job failed: left to the sweep',
      ),
    )
    return worker
  })
  const chores = startChores({ ...context, actor: { type: 'system' } })

  async function stop(): Promise<void> {
    probes?.drain()
    chores.stop()
    const finished = Promise.allSettled([...workers.map((worker) => worker.close()), jobs.drain()])
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())])
    await probes?.close()
    await app.close()
    await telemetry.stop()
  }
  stopOnSignal(app.log, stop, DRAIN_MS + 2000)
  reportReady(probes?.url)
}

/** With `WORKER_PORT`, serves health, readiness and metrics; otherwise loads no HTTP server at all. */
async function serveProbes(app: App) {
  const { HOST: host, WORKER_PORT: port } = app.config
  if (port === undefined) return null
  const [{ createProbes }, { listen }] = await Promise.all([
    import('../src/http/probes.ts'),
    import('../src/http/listen.ts'),
  ])
  const { fetch, drain } = createProbes(app)
  const server = await listen(fetch, { host, port, setting: 'WORKER_PORT' })
  app.log.info({ url: server.url }, 'listening')
  return { url: server.url, drain, close: () => server.close(PROBE_MS) }
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : JSON.stringify(describeError(error)))
  process.exit(1)
})
