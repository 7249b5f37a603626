import { author, type Context } from '../context.ts'
import { isOneOf } from '../db/conditions.ts'
import { DUE_SLOT_SECONDS } from '../db/schema/index.ts'
import { change } from '../draft/change.ts'
import type { Job } from '../queue/jobs.ts'
import { OPEN_ATTEMPT_STATUSES } from '../values/statuses.ts'
import { moveOn } from '../verifications/next.ts'
import { expire, isOverdue } from '../verifications/state.ts'

const BATCH = 1000
/** The sweep's advisory lock; an arbitrary number. */
const LOCK = 7_411_002
/** How long a job of the sweep may take before the sweep queues it again. */
const AGAIN_SECONDS = 5

type Open = (typeof OPEN_ATTEMPT_STATUSES)[number]
const JOB_FOR = { queued: 'place', placing: 'adopt', placed: 'poll' } as const satisfies Record<Open, string>

type Due = { id: string; verificationId: string; status: Open }

/**
 * Expires overdue verifications, begins steps that are due, and queues jobs for attempts that should have progressed by now. Only one
 * worker sweeps at a time; the others find the lock taken and return. Returns how many it found.
 */
export async function sweep(context: Context): Promise<{ expired: number; moved: number; woken: number }> {
  const { db, queue } = context
  const due = await db.sql.begin(async (tx) => {
    const [lock] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as taken`
    if (!lock?.taken) return null
    const attempts = await tx<Due[]>`
      with due as (
        update due_attempts d set due_at = t.at, slot = floor(extract(epoch from t.at) / ${DUE_SLOT_SECONDS})
        from (select now() + make_interval(secs => ${AGAIN_SECONDS}) as at) t
        where attempt_id in (
          select attempt_id from due_attempts
          where slot <= floor(extract(epoch from now()) / ${DUE_SLOT_SECONDS})::int and due_at <= now()
          order by slot limit ${BATCH} for update skip locked)
        returning attempt_id, verification_id)
      select a.id, a.verification_id, a.status
      from due join attempts a on a.verification_id = due.verification_id and a.id = due.attempt_id
      where ${tx.unsafe(isOneOf('a.status', OPEN_ATTEMPT_STATUSES))}`
    const overdue = await tx<{ id: string }[]>`
      select verification_id as id from live_verifications where expires_at <= now()
      order by expires_at limit ${BATCH}`
    const moving = await tx<{ id: string }[]>`
      select id from (
        select verification_id as id, expires_at from live_verifications
        where next_at <= now() order by next_at limit ${BATCH}) as due
      where expires_at > now()`
    return { attempts, overdue, moving }
  })
  if (!due) return { expired: 0, moved: 0, woken: 0 }
  const counts = { expired: due.overdue.length, moved: due.moving.length, woken: due.attempts.length }
  if (counts.expired + counts.moved + counts.woken > 0) context.log.info(counts, 'swept')
  queue.enqueue(
    due.attempts.map(
      ({ id, verificationId, status }): Job => ({
        name: JOB_FOR[status],
        payload: { verification: verificationId, attempt: id },
      }),
    ),
  )
  await Promise.all([
    ...due.moving.map(({ id }) => moveOn(context, { verification: id })),
    ...due.overdue.map(({ id }) =>
      change(context, {
        verificationId: id,
        owner: null,
        author: author(context),
        decide: (draft) => {
          if (isOverdue(draft)) expire(draft)
        },
      }),
    ),
  ])
  return counts
}
