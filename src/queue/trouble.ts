import type { Logger } from 'pino'
import type { QueueConfig } from './backend.ts'

const AGAIN_MS = 60_000

/**
 * Logs that the queue is unavailable: at once, then once a minute while it lasts, though every queue of a
 * process reports it with each connection attempt. Names the variable and the address, never the password.
 */
export function createTroubleLog(config: QueueConfig, log: Logger): (error: Error) => void {
  const [name, url] = config.REDIS_URL
    ? ['REDIS_URL', config.REDIS_URL]
    : ['DATABASE_URL', config.DATABASE_URL]
  const { host } = new URL(url)
  let loggedAt: number | null = null
  return (error) => {
    if (loggedAt !== null && performance.now() - loggedAt < AGAIN_MS) return
    loggedAt = performance.now()
    const code = (error as { code?: unknown }).code
    log.error(
      { error: error.message, code },
      `${name}: the queue at ${host} is unavailable; calls wait until it is back`,
    )
  }
}
