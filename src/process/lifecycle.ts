import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describeError, type Logger } from './log.ts'

/**
 * Runs `stop` once, on SIGTERM, SIGINT or loss of the parent process, then exits; after `limitMs` it exits
 * regardless.
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

/**
 * Frees about 50 MiB left over from loading the program, which an idle process would keep. Blocks the process
 * for a tenth of a second.
 */
export function freeStartupMemory(): void {
  v8.setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Makes V8 collect garbage once the heap has grown by a third, not to four times its size: a worker waiting
 * for thousands of calls would otherwise hold 100 MiB more. For processes that are not CPU-bound.
 */
export function keepHeapSmall(): void {
  v8.setFlagsFromString('--heap-growing-percent=33')
}

/** Reports to a supervising parent process that this one is ready. */
export function reportReady(url?: string): void {
  process.send?.({ ready: true, url })
}
