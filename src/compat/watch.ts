import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { describeError } from '../process/log.ts'
import type { AttemptStatus, VerificationStatus } from '../values/statuses.ts'
import { say } from '../words/text.ts'

/** A verification as its door waits for it. */
export type Seen = {
  id: string
  /** The credential that started it. */
  credentialId: string
  status: VerificationStatus
  failureCode: string | null
  hasCode: boolean
  /** Whether an operator took a call with a code, or may have. */
  wasPlaced: boolean
  /** Of its last attempt; null before one. */
  attemptStatus: AttemptStatus | null
  attemptEnded: boolean | null
}

type Waiter = {
  id: string
  credentialId: string
  until: number
  isReady(seen: Seen): boolean
  resolve(seen: Seen | null): void
}

const POLL_MS = 50
/** Of one process; more are refused. */
const WAITERS_MAX = 500

/**
 * Waits for verifications: one query for all waiters, every 50 ms while there are any. A poll and not a
 * notification, since the worker that learns a code is another process, and nothing may be lost.
 */
export function createWatch({ db, log }: Pick<App, 'db' | 'log'>) {
  const waiters = new Set<Waiter>()
  let isPolling = false

  async function look(): Promise<void> {
    const ids = [...new Set([...waiters].map(({ id }) => id))]
    const asked = new Set(waiters)
    const rows = await read(ids).catch((error: unknown) => {
      log.warn(describeError(error), 'awaited verifications not read')
      return null
    })
    const byId = new Map(rows?.map((row) => [row.id, row]))
    const now = performance.now()
    for (const waiter of asked) {
      const row = byId.get(waiter.id)
      const seen = row?.credentialId === waiter.credentialId ? row : null
      const isOver = seen ? waiter.isReady(seen) : rows !== null
      if (!isOver && now < waiter.until) continue
      waiters.delete(waiter)
      waiter.resolve(seen)
    }
  }

  // `lateral` and `limit` force lookups by key, whatever the planner believes.
  const read = (ids: readonly string[]) => db.sql<Seen[]>`
    select v.*, c.credential_id, a.status as attempt_status, a.has_ended as attempt_ended,
      exists (
        select from attempts
        where verification_id = wanted.id and code_hash is not null and (placed_at is not null or unclear_at is not null)
      ) as was_placed
    from unnest(${ids as string[]}::uuid[]) as wanted (id)
    cross join lateral (
      select credential_id from compat_calls where verification_id = wanted.id limit 1) as c
    cross join lateral (
      select id, status, failure_code, sealed_code is not null as has_code
      from verifications where id = wanted.id limit 1) as v
    left join lateral (
      select status, ended_at is not null as has_ended
      from attempts where verification_id = wanted.id order by ordinal desc limit 1) as a on true`

  async function poll(): Promise<void> {
    isPolling = true
    while (waiters.size > 0) {
      await look()
      if (waiters.size > 0) await sleep(POLL_MS)
    }
    isPolling = false
  }

  return {
    /**
     * Resolves once `isReady`, or after `timeoutMs`, to the last that was seen; null for a verification that the
     * credential did not start. Throws 503 if too many wait.
     */
    until(
      { id, credentialId }: Pick<Waiter, 'id' | 'credentialId'>,
      timeoutMs: number,
      isReady: (seen: Seen) => boolean,
    ): Promise<Seen | null> {
      if (waiters.size >= WAITERS_MAX) {
        throw new AppError('unavailable', { detail: say('too_many_waiting'), retryAfterSeconds: 1 })
      }
      return new Promise((resolve) => {
        waiters.add({ id, credentialId, until: performance.now() + timeoutMs, isReady, resolve })
        if (!isPolling) void poll()
      })
    },
  }
}

export type Watch = ReturnType<typeof createWatch>
