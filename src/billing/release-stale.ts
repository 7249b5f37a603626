import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import { endReservation } from './charge.ts'

/** After this an unknown call is not paid for; what the operator charges later is a finding. */
const HOURS = 48
const BATCH = 200

/** Gives back what is set aside for calls that stayed unknown. */
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
            endReservation(draft, attempt, 'release')
        },
      }),
    ),
  )
  return stale.length
}
