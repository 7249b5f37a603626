import { author, type Context } from '../context.ts'
import { isOneOf } from '../db/conditions.ts'
import { change } from '../draft/change.ts'
import type { Job } from '../queue/jobs.ts'
import { ACTIVE_STATUSES, type OPEN_ATTEMPT_STATUSES } from '../values/statuses.ts'
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
      update attempts set due_at = now() + make_interval(secs => ${AGAIN_SECONDS})
      where id in (
        select id from attempts where due_at <= now() order by due_at limit ${BATCH} for update skip locked)
      returning id, verification_id, status`
    const overdue = await tx<{ id: string }[]>`
      select id from verifications
      where ${tx.unsafe(isOneOf('status', ACTIVE_STATUSES))} and expires_at <= now()
      order by expires_at limit ${BATCH}`
    const moving = await tx<{ id: string }[]>`
      select id from verifications where next_at <= now() and expires_at > now() order by next_at limit ${BATCH}`
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
