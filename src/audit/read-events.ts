import { isPhone } from '../db/conditions.ts'
import type { ReadDb } from '../db/readers.ts'
import { IS_RARE_ROW, ORDINARY_ROWS } from '../db/schema/audit.ts'
import type { Tag } from '../db/sql.ts'
import type { Statement } from '../db/statement.ts'
import { idAfter, idBefore } from '../values/ids.ts'
import { isActive, type VerificationStatus } from '../values/statuses.ts'
import { type AuditEvent, type AuditRow, expand, rowIdOf } from './chain.ts'
import { type EventFilter, isReadable, type Place, type VerificationFilter } from './filter.ts'

/** Nearly all events of a verification come within this time of its start; feedback and settled calls may come later. */
const AFTERMATH_MS = 7 * 86_400_000

/**
 * Events that match, newest first. With a verification filter, the newest verification comes first, then its
 * newest event: the order of the indexes on verifications.
 */
export async function readEvents(
  { sql }: Pick<ReadDb, 'sql'>,
  filter: EventFilter,
  limit: number,
): Promise<AuditEvent[]> {
  const { of, type, after } = filter
  const rows = of ? await ofChosen(sql, filter, of, limit + 1) : await ofAll(sql, filter, limit)
  const events = rows.flatMap((row) => expand(row).reverse())
  const isWanted = (event: AuditEvent) => (!type || event.type === type) && (!after || isBehind(event, after))
  return events.filter(isWanted).slice(0, limit)
}

/** The row of the place may hold events on both sides of it. */
const isBehind = ({ id }: AuditEvent, after: Place) => rowIdOf(id) !== rowIdOf(after.id) || id < after.id

/** Whether a row holds an event of the type. */
const holds = (sql: Tag, type: string) => sql`position(${` ${type} `} in ' ' || e.type || ' ') > 0`

async function ofAll(sql: Tag, filter: EventFilter, limit: number): Promise<AuditRow[]> {
  const { type } = filter
  // A row more: all wanted events of the first row may lie before the place.
  const rowsMax = limit + 1
  if (!type || ORDINARY_ROWS.some((types) => types.split(' ').includes(type))) {
    return sql<AuditRow[]>`
      select e.* from audit_events e
      where ${within(sql, filter)} ${type ? sql`and ${holds(sql, type)}` : sql``}
      order by e.id desc limit ${rowsMax}`
  }
  // The distinct types of rows, one step of the index each, then the newest rows of those that hold the type.
  const { tenantId, livemode } = filter
  const isRare = sql.unsafe(IS_RARE_ROW)
  const next = (than: Statement<object[]>) => sql`
    (select hashtext(type) from audit_events
      where tenant_id = ${tenantId} and livemode = ${livemode} and hashtext(type) > ${than} and ${isRare}
      order by hashtext(type) limit 1)`
  return sql<AuditRow[]>`
    with recursive hashes (hash) as (
      select ${next(sql`-2147483648`)} union all select ${next(sql`hashes.hash`)} from hashes where hashes.hash is not null)
    select e.* from hashes
    cross join lateral (
      select type from audit_events
      where tenant_id = ${tenantId} and livemode = ${livemode} and hashtext(type) = hashes.hash and ${isRare} limit 1) t
    cross join lateral (
      select * from audit_events e
      where hashtext(e.type) = hashes.hash and ${within(sql, filter)} and ${isRare}
      order by e.id desc limit ${rowsMax}) e
    where position(${` ${type} `} in ' ' || t.type || ' ') > 0
    order by e.id desc limit ${rowsMax}`
}

function within(sql: Tag, filter: EventFilter) {
  const { from, to, after } = filter
  return sql`${isReadable(sql, filter)}
    ${from ? sql`and e.at >= ${from} and e.id >= ${idBefore(from)}` : sql``}
    ${to ? sql`and e.at <= ${to} and e.id <= ${idAfter(to)}` : sql``}
    ${after ? sql`and e.id <= ${rowIdOf(after.id)}` : sql``}`
}

/**
 * Verification by verification, each with its events in the order of the chain. In a plain join, the planner
 * may start from all events of the span, of every tenant.
 */
function ofChosen(sql: Tag, filter: EventFilter, of: VerificationFilter, limit: number) {
  const { tenantId, livemode, type, from, to, after } = filter
  // A tenant's own event stands among the verifications by its time, which its id begins with.
  const last = after ? (after.verificationId ?? after.id) : null
  const since = from && !isNarrow(of) ? idBefore(new Date(from.getTime() - AFTERMATH_MS)) : null
  // Repeated for both sides of a join: PostgreSQL propagates equalities across a join, not ranges.
  const within = (id: Statement<unknown>) => sql`
    ${since ? sql`and ${id} >= ${since}` : sql``}
    ${to ? sql`and ${id} <= ${idAfter(to)}` : sql``}
    ${last ? sql`and ${id} <= ${last}` : sql``}`
  return sql<AuditRow[]>`
    select e.* from verifications v
    cross join lateral (
      select * from audit_events e
      where verification_id = v.id
        ${type ? sql`and ${holds(sql, type)}` : sql``}
        ${from ? sql`and at >= ${from}` : sql``}
        ${to ? sql`and at <= ${to}` : sql``}
        ${after ? sql`and (v.id < ${last} or seq <= ${after.seq})` : sql``}
      order by seq desc limit ${limit}) e
    where v.tenant_id = ${tenantId} and v.livemode = ${livemode}
      ${of.id ? sql`and v.id = ${of.id}` : sql``}
      ${of.phone ? isPhone(sql, of.phone) : sql``}
      ${of.phoneEnds ? endsWith(sql, of.phoneEnds) : sql``}
      ${of.reference ? sql`and v.reference = ${of.reference}` : sql``}
      ${of.status ? hasStatus(sql, of.status, filter) : sql``}
      ${
        of.provider
          ? sql`and exists (select from asked_providers a
              where a.verification_id = v.id and a.provider = ${of.provider} ${within(sql`a.verification_id`)})`
          : sql``
      }
      ${within(sql`v.id`)}
    order by v.id desc, e.seq desc limit ${limit}`
}

/** Selects few verifications: all of them can be looked through, however long ago they began. A reference may be of many. */
const isNarrow = ({ id, phone, phoneEnds }: VerificationFilter) =>
  [id, phone, phoneEnds].some((wanted) => wanted !== null)

/** An outcome has an index; a live status is looked for among the tenant's live verifications. */
function hasStatus(sql: Tag, status: VerificationStatus, { tenantId, livemode }: EventFilter) {
  if (!isActive(status)) return sql`and v.outcome = ${status}`
  return sql`and v.status = ${status} and v.id = any(array(
    select verification_id from live_verifications where tenant_id = ${tenantId} and livemode = ${livemode}))`
}

/** The index covers the last four digits; the rest is compared. Erased phones never match. */
function endsWith(sql: Tag, digits: string) {
  return sql`and right(v.phone, 4) = ${digits.slice(-4)} and v.phone like ${`+%${digits}`}`
}
