import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
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

/**
 * Gives back what loading the program took, some 50 MiB: a process that is asked for nothing would keep it. Takes a tenth
 * of a second in which nothing else happens.
 */
export function forgetLoading(): void {
  v8.setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Has V8 collect what is no longer needed once the heap has grown by a third, not to four times its size: a worker that waits for
 * thousands of calls would otherwise hold 100 MiB more. For a process that is not bound by its processor.
 */
export function keepHeapSmall(): void {
  v8.setFlagsFromString('--heap-growing-percent=33')
}

/** Tells a parent process that supervises this one that it is ready. */
export function tellReady(url?: string): void {
  process.send?.({ ready: true, url })
}
