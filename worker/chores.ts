import { sealHours } from '../src/audit/checkpoints/seal.ts'
import { checkLedgerNightly } from '../src/billing/nightly-check.ts'
import { releaseStale } from '../src/billing/release-stale.ts'
import { sweep } from '../src/calls/sweep.ts'
import { DOOR_CHORES } from '../src/compat/serve.ts'
import type { Context } from '../src/context.ts'
import { makePartitions } from '../src/db/partitions.ts'
import { finishErasures } from '../src/erasure/finish.ts'
import { eraseOverdue } from '../src/erasure/retention.ts'
import { pruneDeliveries, sweepDeliveries } from '../src/events/sweep.ts'
import { forgetIdempotencyKeys } from '../src/idempotency/forget.ts'
import { forgetCounters } from '../src/limits/manage.ts'
import { describeError } from '../src/process/log.ts'
import { reconcileDue } from '../src/reconciliation/hourly.ts'
import { watchBalances } from '../src/routing/balance.ts'
import { keepStatistics } from '../src/statistics/keep.ts'

/** The recurring work of every worker; PostgreSQL ensures that only one worker does each at a time. */
const CHORES: { name: string; everyMs: number; run(context: Context): Promise<unknown> }[] = [
  { name: 'sweep', everyMs: 1000, run: sweep },
  { name: 'deliveries', everyMs: 1000, run: sweepDeliveries },
  { name: 'old deliveries', everyMs: 10_000, run: pruneDeliveries },
  { name: 'balances', everyMs: 10_000, run: watchBalances },
  { name: 'counters', everyMs: 10_000, run: forgetCounters },
  { name: 'stale holds', everyMs: 60_000, run: releaseStale },
  { name: 'reconciliation', everyMs: 60_000, run: reconcileDue },
  { name: 'ledger check', everyMs: 600_000, run: checkLedgerNightly },
  { name: 'erasures', everyMs: 10_000, run: finishErasures },
  { name: 'retention', everyMs: 600_000, run: eraseOverdue },
  { name: 'audit checkpoints', everyMs: 30_000, run: sealHours },
  { name: 'statistics', everyMs: 30_000, run: keepStatistics },
  { name: 'idempotency keys', everyMs: 10_000, run: ({ db }) => forgetIdempotencyKeys(db) },
  { name: 'partitions', everyMs: 21_600_000, run: ({ db }) => makePartitions(db.sql) },
  ...DOOR_CHORES,
]

/** Timers, not queued jobs: flushing the queue would lose its scheduler. */
export function startChores(context: Context): { stop(): void } {
  const timers = CHORES.map(({ name, everyMs, run }) => {
    let running = false
    return setInterval(async () => {
      if (running) return
      running = true
      try {
        await run(context)
      } catch (error) {
        context.log.error({ chore: name, ...describeError(error) }, 'chore failed')
      } finally {
        running = false
      }
    }, everyMs)
  })
  return {
    stop() {
      for (const timer of timers) clearInterval(timer)
    },
  }
}
