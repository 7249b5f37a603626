import { and, asc, between, desc, eq, gt, gte, like, lt, lte, sql } from 'drizzle-orm'
import { type ClientContext, preparedReadersOf, readersOf } from '../context.ts'
import { attempts, verifications } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { idAfter, idBefore, parseId, publicId, timeOf } from '../values/ids.ts'
import { OVER_AFTER_MS } from '../values/lifetimes.ts'
import { cursorOf, readCursor, toPage } from '../values/pages.ts'
import { isActive, type VerificationStatus } from '../values/statuses.ts'
import { say } from '../words/text.ts'
import type { GroupFilter } from './group-schemas.ts'
import { inGroups } from './groups.ts'
import { newest } from './newest.ts'
import { type Called, presentDetail, presentVerification } from './present.ts'
import type { ListQuery } from './schemas.ts'

/** The row of a verification by its UUID. Throws 404 for an unknown verification and for another tenant's. */
async function readVerification({ db, actor }: ClientContext, id: string | null) {
  const [row] = id
    ? await db.orm
        .select()
        .from(verifications)
        .where(
          and(
            eq(verifications.id, id),
            eq(verifications.tenantId, actor.tenantId),
            eq(verifications.livemode, actor.livemode),
          ),
        )
    : []
  if (!row) throw new AppError('not_found', { detail: say('unknown_verification') })
  return row
}

/** One verification with its attempts. */
export async function get(context: ClientContext, input: { id: string }) {
  const { db } = context
  const row = await readVerification(context, parseId('verification', input.id))
  const calls = await db.orm
    .select()
    .from(attempts)
    .where(eq(attempts.verificationId, row.id))
    .orderBy(asc(attempts.ordinal))
  return presentDetail(row, calls)
}

/**
 * The tenant's verifications of the key's mode, newest first. With `groups`, a page may have fewer rows than its limit,
 * even none, and a next one.
 */
export async function list(context: ClientContext, query: ListQuery, groups: GroupFilter = {}) {
  const cursor = readCursor(query.cursor)
  if (query.cursor && !cursor) throw invalid('cursor', 'cursor')
  const phone = askedPhone(query.phone, context.actor.defaultRegion)
  const { phone_ends: ends = null, reference = null } = query
  const { rows, last } = isSimple(query, groups)
    ? { rows: await newest(context, { phone, ends, reference }, cursor, query.limit), last: undefined }
    : await search(context, { ...query, phone: phone ?? undefined }, cursor, groups)
  const calls = await callsOf(
    context,
    rows
      .slice(0, query.limit)
      .filter(({ status }) => isActive(status))
      .map(({ id }) => id),
  )
  const page = toPage(rows, query.limit, (row) => presentVerification(row, calls.get(row.id) ?? []))
  return { ...page, next_cursor: page.next_cursor ?? (last ? cursorOf(last) : null) }
}

/** `last`: the last verification looked at, if there may be more. */
async function search(context: ClientContext, query: ListQuery, cursor: string | null, groups: GroupFilter) {
  const { actor } = context
  const { phone } = query
  const where = and(
    eq(verifications.tenantId, actor.tenantId),
    eq(verifications.livemode, actor.livemode),
    query.from && gte(verifications.id, idBefore(query.from)),
    query.to && lte(verifications.id, idAfter(query.to)),
    cursor ? (groups.oldest ? gt(verifications.id, cursor) : lt(verifications.id, cursor)) : undefined,
    groups.id_begins === undefined ? undefined : between(verifications.id, ...idsFrom(groups.id_begins)),
  )
  const { condition, last } = await inGroups(context, groups, where)
  const rows = await readersOf(context)
    .orm.select()
    .from(verifications)
    .where(
      and(
        where,
        condition,
        query.status && hasStatus(actor, query.status),
        phone ? and(lastFour(phone), eq(verifications.phone, phone)) : undefined,
        query.phone_ends ? endsWith(query.phone_ends) : undefined,
        query.reference ? eq(verifications.reference, query.reference) : undefined,
        query.from && gte(verifications.createdAt, query.from),
        query.to && lte(verifications.createdAt, query.to),
      ),
    )
    .orderBy(groups.oldest ? asc(verifications.id) : desc(verifications.id))
    .limit(query.limit + 1)
  return { rows, last }
}

/** Whether `newest` can search. How common a status is decides the index; for a span of time, only its months are planned. */
function isSimple(
  { phone, phone_ends, reference, status, from, to }: ListQuery,
  groups: GroupFilter,
): boolean {
  const wanted = [phone, phone_ends, reference].filter((one) => one !== undefined)
  return wanted.length <= 1 && !status && !from && !to && Object.keys(groups).length === 0
}

/** The first and the last UUID that begin with these hexadecimal digits. */
function idsFrom(digits: string): [string, string] {
  const uuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return [uuid(digits.padEnd(32, '0')), uuid(digits.padEnd(32, 'f'))]
}

/** The public id of the verification that an attempt belongs to; null if the caller has no such attempt. */
export async function verificationOfAttempt(
  { db, actor }: ClientContext,
  id: string,
): Promise<string | null> {
  const attempt = parseId('attempt', id)
  const [row] = await db.sql<{ id: string }[]>`
    select v.id from attempts a join verifications v on v.id = a.verification_id
    where a.id = ${attempt} and a.verification_id <= ${attempt}
      and a.verification_id >= ${attempt && idBefore(new Date(timeOf(attempt) - OVER_AFTER_MS))}
      and v.tenant_id = ${actor.tenantId} and v.livemode = ${actor.livemode}`
  return row ? publicId('verification', row.id) : null
}

/** When the calls of verifications were placed. `ids`: in order. */
async function callsOf(context: ClientContext, ids: readonly string[]) {
  const [first = '', last = first] = [ids[0], ids.at(-1)].toSorted()
  if (!first) return new Map<string, Called[]>()
  const rows = await preparedReadersOf(context)
    .orm.select({
      id: attempts.verificationId,
      status: attempts.status,
      placingAt: attempts.placingAt,
      createdAt: attempts.createdAt,
    })
    .from(attempts)
    .where(
      and(
        sql`${attempts.verificationId} = any(${sql.param(ids)}::uuid[])`,
        // Selects the months.
        between(attempts.verificationId, first, last),
      ),
    )
  return Map.groupBy(rows, ({ id }) => id)
}

/**
 * An index finds rows by their last four digits; `like` compares the rest. The `+` excludes erased phones.
 */
function endsWith(digits: string) {
  return and(lastFour(digits), like(verifications.phone, `+%${digits}`))
}

const lastFour = (digits: string) => sql`right(${verifications.phone}, 4) = ${digits.slice(-4)}`

/** An outcome has an index; a live status is looked for among the tenant's live verifications. */
function hasStatus({ tenantId, livemode }: ClientContext['actor'], status: VerificationStatus) {
  if (!isActive(status)) return eq(verifications.outcome, status)
  const live = sql`array(
    select verification_id from live_verifications where tenant_id = ${tenantId} and livemode = ${livemode})`
  return and(eq(verifications.status, status), sql`${verifications.id} = any(${live})`)
}
