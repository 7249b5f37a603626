import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { describeError } from '../process/log.ts'
import { createShares } from '../process/shares.ts'
import type { AttemptStatus, VerificationStatus } from '../values/statuses.ts'
import { say } from '../words/text.ts'

/** A verification as its door waits for it. */
export type Seen = {
  id: string
  /** The credential that started it. */
  credentialId: string
  isRevoked: boolean
  status: VerificationStatus
  failureCode: string | null
  hasCode: boolean
  /** Whether there is a number that the person calls. */
  hasNumber: boolean
  /** Whether an operator took a call with a code, or may have. */
  wasPlaced: boolean
  /** Of its last attempt; null before one. */
  attemptStatus: AttemptStatus | null
  attemptEnded: boolean | null
}

/** Who waits for a verification. */
type Asking = { id: string; tenantId: string; credentialId: string }

type Waiter = Asking & {
  until: number
  isReady(seen: Seen): boolean
  resolve(seen: Seen | null): void
}

const POLL_MS = 50
/** Of one process: 200 starts a second, of calls that take five seconds. */
const WAITERS_MAX = 1000
/** A tenant may have this many times what stays free. */
const WAITERS_TIMES_FREE = 8

/**
 * Waits for verifications: one query for all waiters, every 50 ms or more while there are any. A poll and not a
 * notification, since the worker that learns a code is another process, and nothing may be lost.
 */
export function createWatch({ db, log }: Pick<App, 'db' | 'log'>) {
  const waiters = new Set<Waiter>()
  const shares = createShares(WAITERS_MAX, WAITERS_TIMES_FREE)
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
      const isOver = seen ? seen.isRevoked || waiter.isReady(seen) : rows !== null
      if (!isOver && now < waiter.until) continue
      waiters.delete(waiter)
      shares.add(waiter.tenantId, -1)
      waiter.resolve(seen)
    }
  }

  // `lateral` and `limit` force lookups by key, whatever the planner believes.
  const read = (ids: readonly string[]) => db.sql<Seen[]>`
    select v.*, c.*, a.status as attempt_status, a.has_ended as attempt_ended,
      exists (
        select from attempts
        where verification_id = wanted.id and code_hash is not null and (placed_at is not null or unclear_at is not null)
      ) as was_placed
    from unnest(${ids as string[]}::uuid[]) as wanted (id)
    cross join lateral (
      select credential_id, revoked_at is not null as is_revoked
      from compat_calls join compat_credentials k on k.id = credential_id
      where verification_id = wanted.id limit 1) as c
    cross join lateral (
      select id, status, failure_code, sealed_code is not null as has_code, call_to is not null as has_number
      from verifications where id = wanted.id limit 1) as v
    left join lateral (
      select status, ended_at is not null as has_ended
      from attempts where verification_id = wanted.id order by ordinal desc limit 1) as a on true`

  async function poll(): Promise<void> {
    isPolling = true
    while (waiters.size > 0) {
      const since = performance.now()
      await look()
      // At most half of the time goes into looking.
      if (waiters.size > 0) await sleep(Math.max(POLL_MS, performance.now() - since))
    }
    isPolling = false
  }

  return {
    /** Throws 503 if too many wait, of all or of the tenant: asked before a call that nobody could wait for. */
    requireRoom(tenantId: string): void {
      if (shares.fits(tenantId)) return
      throw new AppError('unavailable', { detail: say('too_many_waiting'), retryAfterSeconds: 1 })
    },

    /**
     * Resolves once `isReady`, or after `timeoutMs`, to the last that was seen; null for a verification that the
     * credential did not start. Throws 401 once the credential is revoked.
     */
    async until(asking: Asking, timeoutMs: number, isReady: (seen: Seen) => boolean): Promise<Seen | null> {
      const { promise, resolve } = Promise.withResolvers<Seen | null>()
      waiters.add({ ...asking, until: performance.now() + timeoutMs, isReady, resolve })
      shares.add(asking.tenantId, 1)
      if (!isPolling) void poll()
      const seen = await promise
      if (seen?.isRevoked) throw new AppError('unauthorized')
      return seen
    },
  }
}

export type Watch = ReturnType<typeof createWatch>
