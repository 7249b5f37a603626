import type { Channel } from '../channels/channels.ts'
import { author, type ClientContext } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft, Need } from '../draft/draft.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { label } from '../process/tracing.ts'
import type { Requester } from '../secrets.ts'
import { parseId, publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'

/**
 * Like `change`, but for a client and a public id. Throws 404 for an unknown verification and for another
 * tenant's alike.
 */
export async function changeOwn<T, N extends Need = never>(
  context: ClientContext,
  id: string,
  asked: {
    needs?: readonly N[]
    requester?: Requester | null
    channel?: Channel | null
    decide(draft: Draft<N>): T
  },
): Promise<T> {
  const verificationId = parseId('verification', id)
  if (verificationId) {
    label({ verification: publicId('verification', verificationId) })
    const { actor: owner, claim } = context
    const changed = await once(context, () =>
      change(context, { ...asked, verificationId, owner, author: author(context), claim }),
    )
    if (changed.found) return changed.result
  }
  throw new AppError('not_found', { detail: say('unknown_verification') })
}
