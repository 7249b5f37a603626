import { describeError, type Logger } from '../process/log.ts'

/**
 * Waits for the first piece of a stream, so that what fails at once is still answered as an error. What fails later is logged, and
 * cuts the answer off: the client sees that it is not whole.
 */
export async function primed(stream: AsyncIterable<string>, log: Logger): Promise<AsyncIterable<string>> {
  const pieces = stream[Symbol.asyncIterator]()
  const first = await pieces.next()
  return (async function* () {
    try {
      for (let next = first; !next.done; next = await pieces.next()) yield next.value
    } catch (error) {
      log.error(describeError(error), 'stream cut off')
      throw error
    } finally {
      await pieces.return?.()
    }
  })()
}
