import type { ClientContext } from '../context.ts'
import type { Tag } from '../db/sql.ts'
import type { Statement } from '../db/statement.ts'
import { invalid } from '../errors.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { parseId } from '../values/ids.ts'
import { readCursor } from '../values/pages.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { type AuditEvent, type AuditRow, expand, rowIdOf } from './chain.ts'
import type { AuditQuery } from './schemas.ts'

/** Matches no row; stands in for a malformed id. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** The events to read, and where the page begins. */
export type EventFilter = {
  tenantId: string
  livemode: boolean
  /** Whether to show the first tenant's own chain, which covers the installation and all its tenants. */
  seesInstallation: boolean
  type: string | null
  from: Date | null
  to: Date | null
  /** Selects verifications; null: all events. */
  of: VerificationFilter | null
  after: Place | null
}

export type VerificationFilter = {
  id: string | null
  phone: string | null
  phoneEnds: string | null
  reference: string | null
  status: VerificationStatus | null
  provider: string | null
}

/** An event's id and its place in its chain. */
export type Place = Pick<AuditEvent, 'id' | 'verificationId' | 'seq'>

/** Reads a query. Throws 422 for an impossible phone and for a cursor that is not an event of the tenant. */
export async function filterOf(context: ClientContext, query: AuditQuery): Promise<EventFilter> {
  const { actor } = context
  const phone = askedPhone(query.phone, actor.defaultRegion)
  const id = query.verification === undefined ? null : (parseId('verification', query.verification) ?? NO_ID)
  const seesInstallation = actor.scopes.includes('admin')
  const { reference = null, status = null, provider = null, phone_ends: phoneEnds = null } = query
  const of = { id, phone, phoneEnds, reference, status, provider }
  return {
    tenantId: actor.tenantId,
    livemode: actor.livemode,
    seesInstallation,
    type: query.type ?? null,
    from: query.from ?? null,
    to: query.to ?? null,
    of: Object.values(of).some((wanted) => wanted !== null) ? of : null,
    after: query.cursor === undefined ? null : await findPlace(context, query.cursor, { seesInstallation }),
  }
}

async function findPlace(
  { actor, db: { sql } }: ClientContext,
  cursor: string,
  reader: Pick<EventFilter, 'seesInstallation'>,
): Promise<Place> {
  const { tenantId, livemode } = actor
  const id = parseId('event', cursor) ?? readCursor(cursor)
  const rows = id
    ? await sql<AuditRow[]>`
        select e.* from audit_events e
        where e.id = ${rowIdOf(id)} and ${isReadable(sql, { ...reader, tenantId, livemode })}`
    : []
  const place = rows.flatMap(expand).find((event) => event.id === id)
  if (!place) throw invalid('cursor', 'cursor_of_events')
  return place
}

/** Whether the owner of a key may read the row `e`: its tenant's, and the installation's only if it sees that. */
export function isReadable(
  sql: Tag,
  { tenantId, livemode, seesInstallation }: Pick<EventFilter, 'tenantId' | 'livemode' | 'seesInstallation'>,
): Statement<object[]> {
  const ofVerification = sql`(e.verification_id is not null
    or not exists (select from tenants where id = ${tenantId} and is_first))`
  return sql`e.tenant_id = ${tenantId} and e.livemode = ${livemode}
    ${seesInstallation ? sql`` : sql`and ${ofVerification}`}`
}
