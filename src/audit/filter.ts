import { type ClientContext, readersOf } from '../context.ts'
import type { Db, Sql, Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import { invalid } from '../errors.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { idAfter, idBefore, parseId } from '../values/ids.ts'
import { readCursor } from '../values/pages.ts'
import type { AuditEvent } from './chain.ts'
import type { AuditQuery } from './schemas.ts'

/** An id that nothing has: what is asked for with a malformed id does not exist. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** No event of a verification comes later after its start than this: what is unknown is settled within days. */
const AFTERMATH_MS = 7 * 86_400_000

/** Which events are wanted, and behind which one the page begins. */
export type EventFilter = {
  tenantId: string
  livemode: boolean
  /** Whether events of the first tenant's own chain are shown: they are about the installation and all of its tenants. */
  seesInstallation: boolean
  type: string | null
  from: Date | null
  to: Date | null
  /** Where verifications are chosen by what they are; null where all events are wanted. */
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

/** An event's own id and its place in its chain. */
export type Place = Pick<AuditEvent, 'id' | 'verificationId' | 'seq'>

/** Reads a query. Throws 422 for a phone that cannot exist, and for a cursor that is none of the tenant's events. */
export async function filterOf(context: ClientContext, query: AuditQuery): Promise<EventFilter> {
  const { actor } = context
  const phone = askedPhone(query.phone, actor.defaultRegion)
  const id = query.verification === undefined ? null : (parseId('verification', query.verification) ?? NOBODY)
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
    ? await readersOf(context).sql<Place[]>`
        select id, verification_id, seq from audit_events
        where id = ${id} and tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}`
    : []
  if (!place) throw invalid('cursor', 'cursor_of_events')
  return place
}

/**
 * Events that match. All of a tenant's come newest first; those of chosen verifications newest verification first and then newest
 * first, an order that the indexes on verifications have.
 */
export async function readEvents(
  { sql }: Pick<Db, 'sql'>,
  filter: EventFilter,
  limit: number,
): Promise<AuditEvent[]> {
  const { of } = filter
  if (!of) return ofAll(sql, filter, limit)
  return sql.begin(async (tx) => {
    // Only the value of a status tells whether few or most verifications have it: a plan for any value may read them all.
    await tx`set local plan_cache_mode = force_custom_plan`
    return ofChosen(tx, filter, of, limit)
  })
}

function ofAll(sql: Sql, filter: EventFilter, limit: number) {
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
 * One verification after the other, each with its events by their chain. Joined as a whole, the planner may begin with all events of
 * the span, of every tenant.
 */
function ofChosen(sql: Tx, filter: EventFilter, of: VerificationFilter, limit: number) {
  const { tenantId, livemode, type, from, to, after } = filter
  const last = after?.verificationId ?? NOBODY
  // Said of both sides of a join: PostgreSQL concludes it from an equality only for what is equal, not for what is in a range.
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

/** The last four digits find the rows in their index, the rest is compared. What was erased has no digits to be found by. */
function endsWith(sql: Tx, digits: string) {
  return sql`and right(v.phone, 4) = ${digits.slice(-4)} and v.phone like ${`+%${digits}`}`
}
