import './standalone/quick-imports.ts'
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { ConfigError, readConfig } from './process/config.ts'
import {
  gatewayChild,
  gatewaySettings,
  postgresChild,
  sandboxChild,
  serviceChild,
} from './standalone/children.ts'
import { type DataDir, keepSecretKey, openDataDir } from './standalone/data-dir.ts'
import { isStartedByNpm, npmKeepsSignals, ownEnvironment } from './standalone/environment.ts'
import { createGroup } from './standalone/group.ts'
import { listenFor } from './standalone/on-demand.ts'
import { onParentGone } from './standalone/parent.ts'
import { checkPort } from './standalone/port.ts'
import { StartError } from './standalone/supervise.ts'
import { welcome } from './standalone/welcome.ts'

/** npm start: everything on one machine. Each part is a child process, restarted when it dies. */

const STAGE = { postgres: 0, sandbox: 1, service: 2 }
/**
 * npm forwards a Ctrl-C that we already got from the terminal: a signal this soon after the first is the same
 * one.
 */
const SAME_SIGNAL_MS = 700

let dataDir: DataDir | null = null
const group = createGroup({
  log: (line) => console.error(line),
  spawned: (name, pid) => dataDir?.note(name, pid),
})

async function start(): Promise<void> {
  const config = readConfig(ownEnvironment())
  if (!config.DATABASE_URL || !config.SECRET_KEY) dataDir = await openDataDir(config.DATA_DIR)
  await checkPort(config.HOST, config.PORT)
  const folder = dataDir?.path ?? config.DATA_DIR
  // A database elsewhere may hold data sealed with the key.
  const inUse = config.DATABASE_URL !== undefined || existsSync(join(folder, 'postgres'))
  const secretKey = config.SECRET_KEY?.toString('base64') ?? keepSecretKey(folder, { inUse })

  const cache = dataDir ? join(dataDir.path, 'compile-cache') : undefined
  if (cache) enableCompileCache(cache)

  const [databaseUrl, sandboxUrl, { prepareInstallation }, { newLoginLink }, { createSecrets }, gateway] =
    await Promise.all([
      config.DATABASE_URL ?? group.start(STAGE.postgres, postgresChild(folder)),
      config.SANDBOX_URL ?? group.start(STAGE.sandbox, sandboxChild(config.LOG_LEVEL)),
      import('./tenants/bootstrap.ts'),
      import('./access/login-link.ts'),
      import('./secrets.ts'),
      import('./gateway/key.ts'),
    ])
  const secrets = createSecrets(Buffer.from(secretKey, 'base64'))
  const key = config.GATEWAY_KEY ?? gateway.gatewayKey(secrets)
  const startGateway = () =>
    group.start(
      STAGE.service,
      gatewayChild({
        ...gatewaySettings(config),
        GATEWAY_KEY: key,
        DATA_DIR: folder,
        ...(cache && { NODE_COMPILE_CACHE: cache }),
      }),
    )
  // Calls of a killed gateway may still ring: only the next one ends them.
  const mayRing = existsSync(join(folder, 'gateway'))
  const gatewayUrl = config.GATEWAY_URL ?? (mayRing ? startGateway() : listenFor(startGateway))
  const added = {
    DATABASE_URL: databaseUrl ?? '',
    SANDBOX_URL: sandboxUrl ?? '',
    SECRET_KEY: secretKey,
    GATEWAY_KEY: key,
    ...(cache && { NODE_COMPILE_CACHE: cache }),
  }
  const [{ testKey }, GATEWAY_URL] = await Promise.all([
    prepareInstallation(
      { ...config, DATABASE_URL: added.DATABASE_URL, SECRET_KEY: Buffer.from(secretKey, 'base64') },
      { printTestKey: true },
    ),
    gatewayUrl,
  ])
  const settings = { ...added, GATEWAY_URL: GATEWAY_URL ?? '' }
  const [url] = await Promise.all([
    group.start(STAGE.service, serviceChild('API', settings)),
    group.start(STAGE.service, serviceChild('worker', settings)),
  ])
  const address = reachable(url ?? '')
  if (npmKeepsSignals()) {
    console.log(
      `\nnpm 9 does not forward signals: to stop Ringproof from elsewhere, run "kill ${process.pid}".`,
    )
  }
  console.log(welcome(address, testKey, newLoginLink(secrets)))
  process.send?.({ ready: true, url: address })
}

/** The address, from this machine, of a service that listens on every address. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

let stoppingSince: number | null = null

async function stop(exitCode: number): Promise<void> {
  if (stoppingSince !== null) return
  stoppingSince = performance.now()
  await group.stop()
  process.exit(exitCode)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stoppingSince === null) return void stop(0)
    if (performance.now() - stoppingSince < SAME_SIGNAL_MS) return
    group.killNow()
    process.exit(130)
  })
}

process.on('disconnect', () => void stop(0))
// A signal to npm may end only npm, or only the shell between npm and us.
if (isStartedByNpm()) onParentGone(() => void stop(0))

start().catch((error: Error) => {
  if (stoppingSince !== null) return
  if (error instanceof ConfigError) console.error(error.message)
  else if (error instanceof StartError) error.said || console.error(error.message)
  else console.error(`Could not start: ${error.message || error.name}`)
  void stop(1)
})
