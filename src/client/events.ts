import type { ClientContext } from '../context.ts'
import { isActive } from '../values/statuses.ts'
import type { Hub } from './hub.ts'
import { getOwn } from './read.ts'

const HEARTBEAT_MS = 15_000

/**
 * Server-sent events of a verification: its state at once, and again after each change, until it is final. With
 * `lastEventId`, a state that the client already has is not repeated. Throws 429 for too many streams.
 */
export async function followOwn(
  context: ClientContext,
  hub: Hub,
  { id, lastEventId }: { id: string; lastEventId: string | undefined },
): Promise<AsyncIterable<string>> {
  const first = await getOwn(context, id)
  const watch = hub.watch(id, first.version)
  const chunks = stream()
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => chunks.next(),
      // The client is gone: the wait for the next change ends now.
      return() {
        watch.end()
        return chunks.return(undefined)
      },
    }),
  }

  async function* stream(): AsyncGenerator<string, undefined> {
    let seen = lastEventId
    let { version, view } = first
    try {
      yield 'retry: 1000\n\n'
      for (;;) {
        const isFinal = !isActive(view.status)
        if (isFinal || String(version) !== seen) {
          seen = String(version)
          yield `id: ${version}\nevent: verification\ndata: ${JSON.stringify(view)}\n\n`
        }
        if (isFinal) return
        while (!(await watch.changed(HEARTBEAT_MS))) {
          if (watch.ended) return
          yield ': still here\n\n'
        }
        ;({ version, view } = await getOwn(context, id))
      }
    } finally {
      watch.end()
    }
  }
}
