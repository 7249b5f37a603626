import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { Author } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { announceOwn } from '../events/outbox.ts'
import { parseId } from '../values/ids.ts'
import { presentFinding, readFindings } from './findings.ts'

const BATCH = 500

/** Records the findings of a run in the installation's audit chain and tells its endpoints. Call it last. */
export async function announceFindings(tx: Tx, runId: string, author: Author): Promise<void> {
  let after: string | null = null
  for (;;) {
    const rows: Awaited<ReturnType<typeof readFindings>> = await readFindings(
      tx,
      { runIds: [runId], after },
      BATCH,
    )
    const findings = rows.map(presentFinding)
    const type = 'finding.created' as const
    const events = await appendTenantEvents(
      tx,
      null,
      author,
      findings.map(({ id, reconciliation, kind }) => ({ type, data: { finding: id, reconciliation, kind } })),
    )
    await announceOwn(
      tx,
      events.map((event, i) => ({ event, type, data: { finding: findings[i] } })),
    )
    const last = findings.at(-1)
    if (!last || rows.length < BATCH) return
    after = parseId('finding', last.id)
  }
}
