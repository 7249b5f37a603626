import type { ClientContext } from '../context.ts'
import { describeError } from '../process/log.ts'
import { aside } from './aside.ts'

/**
 * Waits for the first two pieces of a stream, since the first may be only a header: an early failure is still
 * answered as an error. A later failure is logged and cuts the answer off, so the client sees that it is
 * incomplete. Reads each piece with `aside`.
 */
export async function startStream(
  { actor, log }: Pick<ClientContext, 'actor' | 'log'>,
  stream: AsyncIterable<string>,
): Promise<AsyncIterable<string>> {
  const pieces = stream[Symbol.asyncIterator]()
  const read = () => aside(actor.tenantId, () => pieces.next())
  const first = await read()
  let next = first.done ? first : await read()
  return (async function* () {
    try {
      if (!first.done) yield first.value
      for (; !next.done; next = await read()) yield next.value
    } catch (error) {
      log.error(describeError(error), 'stream cut off')
      throw error
    } finally {
      await pieces.return?.()
    }
  })()
}
