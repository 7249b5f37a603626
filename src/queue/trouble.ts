import type { Logger } from 'pino'
import type { QueueConfig } from './backend.ts'

const AGAIN_MS = 60_000

/**
 * Logs that the queue cannot be used: at once, then once a minute for as long as it lasts. Each queue of a process says so with
 * every try to connect. Names the variable and the address, never the password.
 */
export function createTroubleLog(config: QueueConfig, log: Logger): (error: Error) => void {
  const [name, url] = config.REDIS_URL
    ? ['REDIS_URL', config.REDIS_URL]
    : ['DATABASE_URL', config.DATABASE_URL]
  const { host } = new URL(url)
  let saidAt: number | null = null
  return (error) => {
    if (saidAt !== null && performance.now() - saidAt < AGAIN_MS) return
    saidAt = performance.now()
    const code = (error as { code?: unknown }).code
    log.error(
      { error: error.message, code },
      `${name}: the queue at ${host} cannot be used; calls wait until it can`,
    )
  }
}
