import { join } from 'node:path'
import { type Config, ConfigError, readConfig } from '../process/config.ts'
import { freeStartupMemory, reportReady, stopOnSignal } from '../process/lifecycle.ts'
import { createLogger, describeError } from '../process/log.ts'
import { createSecrets } from '../secrets.ts'
import { gatewayKey } from './key.ts'
import { startGateway } from './server.ts'

/**
 * The gateway process: it places calls over SIP for the workers, and nothing else. When ready, it sends
 * `{ ready: true, url }` over the IPC channel, if a parent holds one, and ends when that parent ends.
 */
const STOP_LIMIT_MS = 4_000

function asteriskOf({ ARI_URL, ARI_USER, ARI_PASSWORD, ARI_CDR_URL }: Config) {
  if (!ARI_URL || !ARI_USER || !ARI_PASSWORD) {
    throw new ConfigError('ARI_URL, ARI_USER and ARI_PASSWORD must be set with GATEWAY_ENGINE=asterisk')
  }
  return { url: ARI_URL, user: ARI_USER, password: ARI_PASSWORD, recordsUrl: ARI_CDR_URL }
}

try {
  const config = readConfig()
  const log = createLogger(config, 'gateway')
  const key = config.GATEWAY_KEY ?? (config.SECRET_KEY && gatewayKey(createSecrets(config.SECRET_KEY)))
  if (!key) throw new ConfigError('GATEWAY_KEY: must be set, unless SECRET_KEY is')
  const gateway = await startGateway({
    host: config.HOST,
    port: config.PORT,
    key,
    folder: join(config.DATA_DIR, 'gateway'),
    sipAddress: config.SIP_ADDRESS,
    sipPort: config.SIP_PORT ?? null,
    allowPrivateTargets: config.allowPrivateTargets,
    asterisk: config.GATEWAY_ENGINE === 'asterisk' ? asteriskOf(config) : undefined,
    failed: (error) => log.error(describeError(error), 'gateway fault'),
  })
  log.info({ url: gateway.url, sipPort: gateway.sipPort, cancelled: gateway.cancelled }, 'gateway ready')
  stopOnSignal(log, () => gateway.close(), STOP_LIMIT_MS)
  freeStartupMemory()
  reportReady(gateway.url)
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `gateway: ${(error as Error).message}`}\n`,
  )
  process.exit(1)
}
