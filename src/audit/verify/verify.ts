import type { App } from '../../context.ts'
import { idAfter, idBefore } from '../../values/ids.ts'
import { readArchives } from '../archives.ts'
import { HOUR_MS, SEAL_AFTER_MS } from '../checkpoints/seal.ts'
import { Archived } from './archived.ts'
import { checkTenantChains, checkVerificationChains } from './chains.ts'
import { CheckpointCheck, checkpointsOf } from './checkpoints.ts'
import { checkContents, checkHour } from './hours.ts'
import { type AuditReport, Findings } from './report.ts'

export type VerifyInput = {
  /**
   * Limits the check to hours and verifications of this span; null: no limit. Tenants' chains are short and
   * always checked.
   */
  from: Date | null
  to: Date | null
  /** Checkpoint hashes kept elsewhere. A check without a span reports those it does not find. */
  known: readonly string[]
}

/** An hour sealed this much later than usual is a problem. */
const LATE_MS = HOUR_MS

/**
 * Recomputes the audit: the hash of every event, every chain up to the head on its owner's row, every
 * checkpoint. Archived months count as their signed records say. Reads everything, in pages; may run beside the service. Reports the oldest problem first.
 */
export async function verifyAudit(
  app: Pick<App, 'db' | 'secrets'>,
  { from, to, known }: VerifyInput,
): Promise<AuditReport> {
  const { sql } = app.db
  const findings = new Findings()
  const archived = new Archived(await readArchives(app), findings)
  const check = new CheckpointCheck(app, findings)
  const unseen = new Set(known)
  let events = 0
  let until: Date | null = null

  for await (const checkpoint of checkpointsOf(sql, { from, to })) {
    await check.take(checkpoint, from !== null)
    unseen.delete(checkpoint.hash.toString('hex'))
    if (!until && !from) events += await beforeSealing(app, checkpoint.hour, findings)
    events += await checkHour(sql, checkpoint, archived, findings)
    until = new Date(checkpoint.hour.getTime() + HOUR_MS)
  }
  check.end()
  const unsealed =
    until && to && until > to
      ? 0
      : await checkContents(sql, { from: until ?? from, before: to && new Date(to.getTime() + 1) }, findings)
  events += unsealed
  const verifications = await checkVerificationChains(
    sql,
    { ...(from && { after: idBefore(from) }), ...(to && { until: idAfter(to) }) },
    findings,
  )
  const tenants = await checkTenantChains(sql, findings)
  for (const hash of from || to ? [] : unseen) {
    findings.add({ what: 'checkpoint', detail: `the checkpoint with the hash ${hash} is missing` })
  }
  // After a first difference in an hour, the rest of its leaves is not read.
  if (!from && !to && findings.count === 0) archived.checkCounts(findings)
  if (!to) await checkLateness(app, until, findings)
  return {
    events,
    verifications,
    tenants,
    checkpoints: check.count,
    sealed_until: until?.toISOString() ?? null,
    unsealed_events: unsealed,
    archived_months: archived.months,
    archived_events: archived.events,
    problem_count: findings.count,
    problems: findings.list(),
  }
}

/** The first checkpoint covers the first event: any older event was inserted later. */
async function beforeSealing({ db }: Pick<App, 'db'>, hour: Date, findings: Findings): Promise<number> {
  const [first] = await db.sql<{ id: string; at: Date }[]>`
    select id, at from audit_events where at < ${hour} order by at, id limit 1`
  if (!first) return 0
  const detail = 'it was added after the first hour was sealed'
  findings.add({ what: 'inserted', event: first.id, at: first.at, detail })
  return checkContents(db.sql, { from: null, before: hour }, findings)
}

/** Removing the last checkpoints leaves hours unsealed that are overdue. */
async function checkLateness({ db }: Pick<App, 'db'>, until: Date | null, findings: Findings): Promise<void> {
  const since = until ?? new Date(0)
  const [late] = await db.sql<{ at: Date | null }[]>`
    select min(at) as at from audit_events where at >= ${since}`
  const [clock] = await db.sql<{ now: Date }[]>`select clock_timestamp() as now`
  const next = until ?? late?.at
  if (!next || !clock) return
  const due = Math.floor(next.getTime() / HOUR_MS) * HOUR_MS + HOUR_MS + SEAL_AFTER_MS + LATE_MS
  if (clock.now.getTime() <= due) return
  findings.add({
    what: 'not sealed',
    at: next,
    detail: 'no checkpoint since: either no worker runs, or checkpoints were removed',
  })
}
