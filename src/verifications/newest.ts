import { and, desc, eq, isNotNull, like, lt, sql } from 'drizzle-orm'
import { type ClientContext, preparedReadersOf } from '../context.ts'
import { verifications } from '../db/schema/index.ts'
import type { Verification } from '../draft/rows.ts'
import { PAGE_DEFAULT, PAGE_MAX } from '../values/pages.ts'

/** At most one of them. `ends`: the last four digits of the phone, or more. */
export type Wanted = Record<'phone' | 'ends' | 'reference', string | null>

const FIRST_ID = '00000000-0000-0000-0000-000000000000'
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * The newest of the tenant's verifications before the id `before`; more than `limit` if there are.
 *
 * Prepared: planning for a year of months would take longer than the search. A plan for any values must suit a tenant with
 * few rows among millions, and a reference that nearly all rows have. With `where reference = $1 order by id`, PostgreSQL
 * may walk through all rows by id. So the order is that of the one index which finds them.
 */
export async function newest(
  context: ClientContext,
  { phone, ends, reference }: Wanted,
  before: string | null,
  limit: number,
): Promise<Verification[]> {
  const { tenantId, livemode } = context.actor
  const { id, phone: phoneOf } = verifications
  const digits = phone ?? ends
  const key = digits !== null ? LAST_FOUR : reference !== null ? verifications.reference : undefined
  const keys = key ? [key] : [verifications.tenantId, verifications.livemode]
  const values = key
    ? [sql`${digits?.slice(-4) ?? reference}::text`]
    : [sql`${tenantId}::uuid`, sql`${livemode}::boolean`]
  const place = sql`(${sql.join([...keys, id], COMMA)})`
  const at = (end: string) => sql`(${sql.join([...values, sql`${end}::uuid`], COMMA)})`
  const where = and(
    key && eq(verifications.tenantId, tenantId),
    key && eq(verifications.livemode, livemode),
    // The index has no others.
    reference === null ? undefined : isNotNull(verifications.reference),
    sql`${place} >= ${at(FIRST_ID)} and ${place} < ${at(before ?? LAST_ID)}`,
    // Selects the months.
    before ? lt(id, before) : undefined,
    phone === null ? undefined : eq(phoneOf, phone),
    // The `+` excludes erased phones.
    ends === null ? undefined : like(phoneOf, `+%${ends}`),
  )
  const order = [...keys, id].map((column) => desc(column))
  const rows = limitOf(limit)
  const { orm } = preparedReadersOf(context)
  if (ends === null || ends.length === 4) {
    return orm
      .select()
      .from(verifications)
      .where(where)
      .orderBy(...order)
      .limit(rows)
  }
  // The index has the whole phone too: a thousand with the same four digits are compared there, without their rows.
  const found = orm
    .select({ id })
    .from(verifications)
    .where(where)
    .orderBy(...order)
    .limit(rows)
  return orm
    .select()
    .from(verifications)
    .where(sql`${id} = any(array(${found}))`)
    .orderBy(desc(id))
    .limit(rows)
}

const LAST_FOUR = sql`right(${verifications.phone}, 4)`
const COMMA = sql`, `

/**
 * As part of the text: for a parameter, PostgreSQL would plan with a tenth of all rows. One of two numbers, as each text
 * stays with its connection.
 */
function limitOf(limit: number): number {
  const rows = limit <= PAGE_DEFAULT ? PAGE_DEFAULT : PAGE_MAX
  return sql.raw(String(rows + 1)) as unknown as number
}
