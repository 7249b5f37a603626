import { describeError, type Logger } from './log.ts'

/**
 * Runs `stop` once, on SIGTERM, SIGINT or when the parent process is gone, and ends the process; after `limitMs` it ends
 * whatever is still going on.
 */
export function stopOnSignal(log: Logger, stop: () => Promise<void>, limitMs: number): void {
  let stopping = false
  async function end(why: string): Promise<void> {
    if (stopping) return
    stopping = true
    log.info({ why }, 'stopping')
    setTimeout(() => {
      log.error('did not stop in time')
      process.exit(1)
    }, limitMs).unref()
    try {
      await stop()
      process.exit(0)
    } catch (error) {
      log.error(describeError(error), 'stopping failed')
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal))
  process.on('disconnect', () => void end('the parent process is gone'))
}

/** Tells a parent process that supervises this one that it is ready. */
export function tellReady(url?: string): void {
  process.send?.({ ready: true, url })
}
