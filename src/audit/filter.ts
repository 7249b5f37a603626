import type { ClientContext } from '../context.ts'
import type { ReadDb } from '../db/readers.ts'
import type { Statement, Tag } from '../db/sql.ts'
import { invalid } from '../errors.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { idAfter, idBefore, parseId } from '../values/ids.ts'
import { readCursor } from '../values/pages.ts'
import type { AuditEvent } from './chain.ts'
import type { AuditQuery } from './schemas.ts'

/** Matches no row; stands in for a malformed id. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** All events of a verification come within this time of its start: unknown calls are settled within days. */
const AFTERMATH_MS = 7 * 86_400_000

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
  status: string | null
  provider: string | null
}

/** An event's id and its place in its chain. */
export type Place = Pick<AuditEvent, 'id' | 'verificationId' | 'seq'>

/** Reads a query. Throws 422 for an impossible phone and for a cursor that is not an event of the tenant. */
export async function filterOf(context: ClientContext, query: AuditQuery): Promise<EventFilter> {
  const { actor } = context
  const phone = askedPhone(query.phone, actor.defaultRegion)
  const id = query.verification === undefined ? null : (parseId('verification', query.verification) ?? NO_ID)
  const { reference = null, status = null, provider = null, phone_ends: phoneEnds = null } = query
  const of = { id, phone, phoneEnds, reference, status, provider }
  return {
    tenantId: actor.tenantId,
    livemode: actor.livemode,
    seesInstallation: actor.scopes.includes('admin'),
    type: query.type ?? null,
    from: query.from ?? null,
    to: query.to ?? null,
    of: Object.values(of).some((wanted) => wanted !== null) ? of : null,
    after: query.cursor === undefined ? null : await findPlace(context, query.cursor),
  }
}

async function findPlace(context: ClientContext, cursor: string): Promise<Place> {
  const { actor } = context
  const id = parseId('event', cursor) ?? readCursor(cursor)
  const [place] = id
    ? await context.db.sql<Place[]>`
        select id, verification_id, seq from audit_events
        where id = ${id} and tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}`
    : []
  if (!place) throw invalid('cursor', 'cursor_of_events')
  return place
}

/**
 * Events that match, newest first. With a verification filter, the newest verification comes first, then its
 * newest event: the order of the indexes on verifications.
 */
export async function readEvents(
  { sql }: Pick<ReadDb, 'sql'>,
  filter: EventFilter,
  limit: number,
): Promise<AuditEvent[]> {
  const { of } = filter
  return of ? ofChosen(sql, filter, of, limit) : ofAll(sql, filter, limit)
}

function ofAll(sql: Tag, filter: EventFilter, limit: number) {
  const { tenantId, livemode, type, from, to, after, seesInstallation } = filter
  return sql<AuditEvent[]>`
    select e.* from audit_events e
    where e.tenant_id = ${tenantId} and e.livemode = ${livemode}
      ${type ? sql`and e.type = ${type}` : sql``}
      ${from ? sql`and e.at >= ${from} and e.id >= ${idBefore(from)}` : sql``}
      ${to ? sql`and e.at <= ${to} and e.id <= ${idAfter(to)}` : sql``}
      ${
        seesInstallation
          ? sql``
          : sql`and (e.verification_id is not null
              or not exists (select from tenants where id = ${tenantId} and is_first))`
      }
      ${after ? sql`and e.id < ${after.id}` : sql``}
    order by e.id desc limit ${limit}`
}

/**
 * Verification by verification, each with its events in the order of the chain. In a plain join, the planner
 * may start from all events of the span, of every tenant. How many match depends on the value of `status`:
 * readers plan each statement for its values.
 */
function ofChosen(sql: Tag, filter: EventFilter, of: VerificationFilter, limit: number) {
  const { tenantId, livemode, type, from, to, after } = filter
  const last = after?.verificationId ?? NO_ID
  // Repeated for both sides of a join: PostgreSQL propagates equalities across a join, not ranges.
  const within = (id: Statement<unknown>) => sql`
    ${from ? sql`and ${id} >= ${idBefore(new Date(from.getTime() - AFTERMATH_MS))}` : sql``}
    ${to ? sql`and ${id} <= ${idAfter(to)}` : sql``}
    ${after ? sql`and ${id} <= ${last}` : sql``}`
  return sql<AuditEvent[]>`
    select e.* from verifications v
    cross join lateral (
      select * from audit_events
      where verification_id = v.id and verification_id is not null
        ${type ? sql`and type = ${type}` : sql``}
        ${from ? sql`and at >= ${from}` : sql``}
        ${to ? sql`and at <= ${to}` : sql``}
        ${after ? sql`and (v.id < ${last} or seq < ${after.seq})` : sql``}
      order by seq desc limit ${limit}) e
    where v.tenant_id = ${tenantId} and v.livemode = ${livemode}
      ${of.id ? sql`and v.id = ${of.id}` : sql``}
      ${of.phone ? sql`and v.phone = ${of.phone}` : sql``}
      ${of.phoneEnds ? endsWith(sql, of.phoneEnds) : sql``}
      ${of.reference ? sql`and v.reference = ${of.reference}` : sql``}
      ${of.status ? sql`and v.status = ${of.status}` : sql``}
      ${
        of.provider
          ? sql`and exists (select from attempts a
              where a.verification_id = v.id and a.provider = ${of.provider} ${within(sql`a.verification_id`)})`
          : sql``
      }
      ${within(sql`v.id`)}
    order by v.id desc, e.seq desc limit ${limit}`
}

/** The index covers the last four digits; the rest is compared. Erased phones never match. */
function endsWith(sql: Tag, digits: string) {
  return sql`and right(v.phone, 4) = ${digits.slice(-4)} and v.phone like ${`+%${digits}`}`
}
