import type { Author } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { insertRows } from '../db/rows.ts'
import { auditEvents } from '../db/schema/audit.ts'
import { newRowId } from '../values/ids.ts'
import { type AuditEvent, CHAIN_START, hashEvent } from './chain.ts'

/** An event of a tenant itself or, in the first tenant's chain, of the installation. */
export type TenantEvent = { type: string; data: Record<string, unknown> }

/**
 * Appends events that belong to no verification to a tenant's chain, in the transaction they record. Call it
 * last: it locks the tenant's row. `tenantId` null: the first tenant. Resolves to the events as written.
 */
export async function appendTenantEvents(
  tx: Tx,
  tenantId: string | null,
  author: Author,
  events: readonly TenantEvent[],
): Promise<AuditEvent[]> {
  if (events.length === 0) return []
  const [tenant] = await tx<{ id: string; auditSeq: bigint; auditHead: Buffer | null; now: Date }[]>`
    select id, audit_seq, audit_head, now() as now from tenants
    where ${tenantId === null ? tx`is_first` : tx`id = ${tenantId}`} for no key update`
  if (!tenant) throw new Error('unknown tenant')
  let seq = Number(tenant.auditSeq)
  let prevHash: Buffer = tenant.auditHead ?? CHAIN_START
  const rows: AuditEvent[] = events.map(({ type, data }) => {
    seq += 1
    const event = {
      id: newRowId(),
      tenantId: tenant.id,
      livemode: true,
      verificationId: null,
      seq,
      at: tenant.now,
      type,
      actor: author.actor,
      requestId: author.requestId,
      data: JSON.stringify(data),
      prevHash,
    }
    const hash = hashEvent(event)
    prevHash = hash
    return { ...event, hash }
  })
  await insertRows(tx, auditEvents, rows)
  await tx`update tenants set audit_seq = ${seq}, audit_head = ${prevHash} where id = ${tenant.id}`
  return rows
}
