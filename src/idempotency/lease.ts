import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '../context.ts'
import type { Db } from '../db/client.ts'
import { describeError, type Logger } from '../process/log.ts'
import { LEASE_SECONDS } from './kept-answer.ts'

const RENEW_MS = 1000
/** How long a stopping process waits for requests that have lost their client. */
const PATIENCE_MS = 500

/**
 * Ties claims to the life of this process: renews claims older than a second, once a second and in one
 * statement. A crash frees its claims within seconds.
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

  function stopTimer(): void {
    if (timer) clearInterval(timer)
    timer = null
  }

  return {
    /** Holds a claim while `work` runs; `work` must settle it. */
    async during<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
      timer ??= setInterval(renew, RENEW_MS).unref()
      const done = work()
      held.set(claim, { since: performance.now(), done: done.catch(() => {}) })
      try {
        return await done
      } finally {
        held.delete(claim)
        if (held.size === 0) stopTimer()
      }
    },

    /** For a stopping process: gives requests a moment to end, then frees the claims still held. */
    async end(): Promise<void> {
      if (held.size === 0) return
      await Promise.race([Promise.all([...held.values()].map(({ done }) => done)), sleep(PATIENCE_MS)])
      stopTimer()
      if (held.size > 0) await setEnd(db, [...held.keys()], 0)
    },
  }
}

export type Leases = ReturnType<typeof createLeases>

/** Skips locked rows: their claims are being committed. */
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
