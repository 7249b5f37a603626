import { and, asc, desc, eq, gte, inArray, like, lt, lte, sql } from 'drizzle-orm'
import { type ClientContext, readersOf } from '../context.ts'
import { attempts, verifications } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { idAfter, idBefore, parseId } from '../values/ids.ts'
import { cursorOf, readCursor, toPage } from '../values/pages.ts'
import { isActive } from '../values/statuses.ts'
import { say } from '../words/text.ts'
import type { GroupFilter } from './group-schemas.ts'
import { inGroups } from './groups.ts'
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
  const { actor } = context
  const cursor = readCursor(query.cursor)
  if (query.cursor && !cursor) throw invalid('cursor', 'cursor')
  const phone = askedPhone(query.phone, actor.defaultRegion)
  const where = and(
    eq(verifications.tenantId, actor.tenantId),
    eq(verifications.livemode, actor.livemode),
    query.from && gte(verifications.id, idBefore(query.from)),
    query.to && lte(verifications.id, idAfter(query.to)),
    cursor ? lt(verifications.id, cursor) : undefined,
  )
  const { condition, oldest } = await inGroups(context, groups, where)
  const rows = await readersOf(context)
    .orm.select()
    .from(verifications)
    .where(
      and(
        where,
        condition,
        query.status && eq(verifications.status, query.status),
        phone ? eq(verifications.phone, phone) : undefined,
        query.phone_ends ? endsWith(query.phone_ends) : undefined,
        query.reference ? eq(verifications.reference, query.reference) : undefined,
        query.from && gte(verifications.createdAt, query.from),
        query.to && lte(verifications.createdAt, query.to),
      ),
    )
    .orderBy(desc(verifications.id))
    .limit(query.limit + 1)
  const calls = await callsOf(
    context,
    rows.filter(({ status }) => isActive(status)).map(({ id }) => id),
  )
  const page = toPage(rows, query.limit, (row) => presentVerification(row, calls.get(row.id) ?? []))
  return { ...page, next_cursor: page.next_cursor ?? (oldest ? cursorOf(oldest) : null) }
}

/** When the calls of verifications were placed. */
async function callsOf(context: ClientContext, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, Called[]>()
  const rows = await readersOf(context)
    .orm.select({
      id: attempts.verificationId,
      status: attempts.status,
      placingAt: attempts.placingAt,
      createdAt: attempts.createdAt,
    })
    .from(attempts)
    .where(inArray(attempts.verificationId, [...ids]))
  return Map.groupBy(rows, ({ id }) => id)
}

/**
 * An index finds rows by their last four digits; `like` compares the rest. The `+` excludes erased phones.
 */
function endsWith(digits: string) {
  const lastFour = sql`right(${verifications.phone}, 4) = ${digits.slice(-4)}`
  return and(lastFour, like(verifications.phone, `+%${digits}`))
}
