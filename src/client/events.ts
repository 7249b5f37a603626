import type { ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { HandOver } from '../exchange/exchange.ts'
import { say } from '../words/text.ts'
import type { Hub } from './hub.ts'
import { readOwn } from './read.ts'

/**
 * Server-sent events of a verification (UUID): its state at once, and again after each change, until it is final.
 * With `lastEventId`, a state that the client already has is not repeated. The hand-over throws 429 for too many
 * streams of the verification and 503 for too many of the process.
 */
export async function followOwn(
  context: ClientContext,
  hub: Hub,
  { id, lastEventId }: { id: string; lastEventId: string | undefined },
): Promise<HandOver> {
  const [state] = await readOwn(context, [id])
  if (!state) throw new AppError('not_found', { detail: say('unknown_verification') })
  return (begin) => hub.join(begin, { tenantId: context.actor.tenantId, state, lastEventId })
}
