import { pathToFileURL } from 'node:url'
import { embeddedCommand } from '../embedded/embedded.ts'
import type { Config } from '../process/config.ts'
import { programFile } from '../process/program.ts'
import { bareEnvironment, serviceEnvironment } from './environment.ts'
import type { ChildSpec } from './supervise.ts'

const QUICK_IMPORTS = pathToFileURL(programFile('src/standalone/quick-imports')).href
const portOf = (url: string) => Number(new URL(url).port)

/**
 * Node's default keeps three times 32 MiB for young objects: 100 MiB more per idle process. As in the
 * Dockerfile.
 */
const YOUNG_OBJECTS = '--max-semi-space-size=16'

/**
 * How long each may take to stop: API, worker and gateway together, then sandbox, then PostgreSQL; under five seconds
 * in all.
 */
const STOP_PATIENCE_MS = { service: 2400, sandbox: 400, postgres: 1700 }

export function postgresChild(dataDir: string): ChildSpec {
  return {
    name: 'PostgreSQL',
    command: (lastUrl) =>
      embeddedCommand({ dataDir, port: lastUrl ? portOf(lastUrl) : undefined, ephemeral: false }),
    showOutput: true,
    startPatienceMs: 150_000,
    stopPatienceMs: STOP_PATIENCE_MS.postgres,
  }
}

export function sandboxChild(logLevel: string): ChildSpec {
  return {
    name: 'sandbox',
    command: (lastUrl) => ({
      args: [programFile('src/sandbox/main')],
      env: bareEnvironment({
        HOST: '127.0.0.1',
        PORT: String(lastUrl ? portOf(lastUrl) : 0),
        LOG_LEVEL: logLevel,
      }),
    }),
    showOutput: false,
    startPatienceMs: 60_000,
    stopPatienceMs: STOP_PATIENCE_MS.sandbox,
  }
}

/** What the gateway gets of our settings. */
export function gatewaySettings(config: Config): Record<string, string> {
  return {
    LOG_LEVEL: config.LOG_LEVEL,
    LOG_FORMAT: config.LOG_FORMAT ?? '',
    SIP_ADDRESS: config.SIP_ADDRESS,
    SIP_PORT: String(config.SIP_PORT ?? ''),
    GATEWAY_ENGINE: config.GATEWAY_ENGINE,
    ARI_URL: config.ARI_URL ?? '',
    ARI_USER: config.ARI_USER ?? '',
    ARI_PASSWORD: config.ARI_PASSWORD ?? '',
    ARI_CDR_URL: config.ARI_CDR_URL ?? '',
    ALLOW_PRIVATE_TARGETS: config.allowPrivateTargets ? '1' : '0',
  }
}

/** `settings`: its key, its folder and where its SIP socket listens; it gets no other secret. */
export function gatewayChild(settings: Record<string, string>): ChildSpec {
  return {
    name: 'gateway',
    command: (lastUrl) => ({
      args: [YOUNG_OBJECTS, programFile('src/gateway/main')],
      env: bareEnvironment({
        ...settings,
        HOST: '127.0.0.1',
        PORT: String(lastUrl ? portOf(lastUrl) : 0),
      }),
    }),
    showOutput: true,
    startPatienceMs: 60_000,
    stopPatienceMs: STOP_PATIENCE_MS.service,
  }
}

/** `added`: settings that `npm start` determined, e.g. DATABASE_URL. */
export function serviceChild(name: 'API' | 'worker', added: Record<string, string>): ChildSpec {
  return {
    name,
    command: (lastUrl) => ({
      args: [
        YOUNG_OBJECTS,
        '--import',
        QUICK_IMPORTS,
        programFile(name === 'API' ? 'src/main' : 'worker/main'),
      ],
      env: serviceEnvironment({ ...added, ...(lastUrl && { PORT: String(portOf(lastUrl)) }) }),
    }),
    showOutput: true,
    startPatienceMs: 60_000,
    stopPatienceMs: STOP_PATIENCE_MS.service,
  }
}
