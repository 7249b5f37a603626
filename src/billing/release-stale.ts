import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import { endHold } from './charge.ts'

/** After this, the tenant does not pay for an unknown call; a later charge of the operator is a finding. */
const HOURS = 48
const BATCH = 200

/** Releases the holds of calls that stayed unknown. Resolves to the number of calls found. */
export async function releaseStale(context: Context): Promise<number> {
  const stale = await context.db.sql<{ id: string; verificationId: string }[]>`
    select id, verification_id from attempts
    where charge = 'reserved' and ended_at < now() - make_interval(hours => ${HOURS}) and status = 'unknown'
    order by ended_at limit ${BATCH}`
  await Promise.all(
    stale.map(({ id, verificationId }) =>
      change(context, {
        verificationId,
        owner: null,
        author: author(context),
        decide(draft) {
          const attempt = draft.attempts.find((other) => other.id === id)
          if (attempt?.charge === 'reserved' && attempt.status === 'unknown')
            endHold(draft, attempt, 'release')
        },
      }),
    ),
  )
  return stale.length
}
