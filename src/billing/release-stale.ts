import { author, type Context } from '../context.ts'
import { DUE_SLOT_SECONDS } from '../db/schema/index.ts'
import { change } from '../draft/change.ts'
import { UNKNOWN_HOURS } from '../draft/save-live.ts'
import { endHold } from './charge.ts'

const BATCH = 200
/** In one round: an outage may leave thousands. */
const BATCHES_MAX = 50

/** Releases the holds of calls that stayed unknown. Resolves to the number of calls found. */
export async function releaseStale(context: Context): Promise<number> {
  let found = 0
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const count = await releaseSome(context)
    found += count
    if (count < BATCH) break
  }
  return found
}

async function releaseSome(context: Context): Promise<number> {
  const stale = await context.db.sql<{ id: string; verificationId: string }[]>`
    select a.id, a.verification_id from due_attempts d
    join attempts a on a.verification_id = d.verification_id and a.id = d.attempt_id
    where d.slot <= floor(extract(epoch from now()) / ${DUE_SLOT_SECONDS})::int + 1
      and a.charge = 'reserved' and a.ended_at < now() - make_interval(hours => ${UNKNOWN_HOURS}) and a.status = 'unknown'
    order by d.slot limit ${BATCH}`
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
