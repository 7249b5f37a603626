import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '../context.ts'
import type { Db } from '../db/client.ts'
import { describeError, type Logger } from '../process/log.ts'
import { LEASE_SECONDS } from './kept-answer.ts'

const RENEW_MS = 1000
/** How long a process that stops waits for requests that nobody listens to any more. */
const PATIENCE_MS = 500

/**
 * Binds claims to the life of this process: what runs longer than a second is renewed once a second, in one statement, so that a
 * crash frees its claims within seconds.
 */
export function createLeases({ db, log }: { db: Db; log: Logger }) {
  const held = new Map<Claim, { since: number; done: Promise<unknown> }>()
  let timer: NodeJS.Timeout | null = null
  let renewing = false

  async function renew(): Promise<void> {
    const old = [...held].flatMap(([claim, { since }]) =>
      performance.now() - since >= RENEW_MS ? [claim] : [],
    )
    if (renewing || old.length === 0) return
    renewing = true
    await setEnd(db, old, LEASE_SECONDS).catch((error) =>
      log.warn(describeError(error), 'claims not renewed'),
    )
    renewing = false
  }

  function rest(): void {
    if (timer) clearInterval(timer)
    timer = null
  }

  return {
    /** Holds a claim while `work` runs; the claim is to be settled in it. */
    async during<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
      timer ??= setInterval(renew, RENEW_MS).unref()
      const done = work()
      held.set(claim, { since: performance.now(), done: done.catch(() => {}) })
      try {
        return await done
      } finally {
        held.delete(claim)
        if (held.size === 0) rest()
      }
    },

    /** Frees what is still held once its requests had a moment to end: for a process that stops. */
    async end(): Promise<void> {
      if (held.size === 0) return
      await Promise.race([Promise.all([...held.values()].map(({ done }) => done)), sleep(PATIENCE_MS)])
      rest()
      if (held.size > 0) await setEnd(db, [...held.keys()], 0)
    },
  }
}

export type Leases = ReturnType<typeof createLeases>

/** A claim whose row is locked is being committed, and needs nothing. */
async function setEnd(db: Db, claims: readonly Claim[], seconds: number): Promise<void> {
  const rows = claims.map(({ tenantId, livemode, key, run }) => ({ tenantId, livemode, key, run }))
  await db.sql`
    update idempotency_keys set running_until = clock_timestamp() + ${seconds} * interval '1 second'
    where ctid = any(array(
      select k.ctid from json_to_recordset(${JSON.stringify(rows)}::json)
        as r ("tenantId" uuid, livemode bool, key text, run uuid)
      cross join lateral (
        select ctid from idempotency_keys
        where tenant_id = r."tenantId" and livemode = r.livemode and key = r.key and run = r.run
        limit 1 for update skip locked) as k))`
}
