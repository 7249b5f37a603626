import { and, asc, desc, gte, like, lte, ne, type SQL, sql } from 'drizzle-orm'
import { type ClientContext, readersOf } from '../context.ts'
import { LAST_CALL, PREFIX } from '../db/conditions.ts'
import { verifications } from '../db/schema/index.ts'
import type { GroupFilter } from './group-schemas.ts'

/** No index serves these filters: a page looks at this many verifications at most. */
export const LOOKED_MAX = 10_000

/**
 * The condition for groups, and the last verification looked at. Both are undefined without groups, the latter also if
 * the verifications of `where` are fewer than `LOOKED_MAX`; it belongs to the page.
 */
export async function inGroups(
  context: ClientContext,
  { country, prefix, carrier, provider, channel, started, text, phone_begins, oldest }: GroupFilter,
  where: SQL | undefined,
): Promise<{ condition: SQL | undefined; last: string | undefined }> {
  const called = (name: 'carrier' | 'provider', value: string) =>
    sql`(select coalesce(${sql.raw(name)}, '') from (${sql.raw(LAST_CALL)} where verification_id = ${verifications.id}) c) = ${value}`
  const condition = and(
    started && ne(verifications.status, 'denied'),
    country === undefined ? undefined : sql`coalesce(${verifications.country}, '') = ${country}`,
    prefix === undefined ? undefined : sql`${sql.raw(PREFIX)} = ${prefix}`,
    channel === undefined ? undefined : sql`${verifications.channel} = ${channel}`,
    carrier === undefined ? undefined : called('carrier', carrier),
    provider === undefined ? undefined : called('provider', provider),
    text === undefined ? undefined : mentions(text),
    phone_begins === undefined ? undefined : like(verifications.phone, `${phone_begins}%`),
  )
  if (!condition) return { condition, last: undefined }
  const { id } = verifications
  const [last] = await readersOf(context)
    .orm.select({ id: verifications.id })
    .from(verifications)
    .where(where)
    .orderBy(oldest ? asc(id) : desc(id))
    .offset(LOOKED_MAX - 1)
    .limit(1)
  if (!last) return { condition, last: undefined }
  const lookedAt = oldest ? lte(id, last.id) : gte(id, last.id)
  return { condition: and(condition, lookedAt), last: last.id }
}

/** Erased verifications have neither reference nor metadata. */
function mentions(text: string): SQL {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  const { reference, metadata } = verifications
  return sql`(${reference} ilike ${pattern} or exists (
    select from jsonb_each_text(${metadata}) m where m.value ilike ${pattern}))`
}
