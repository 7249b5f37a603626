import { and, desc, gte, ne, type SQL, sql } from 'drizzle-orm'
import { type ClientContext, readersOf } from '../context.ts'
import { LAST_CALL, PREFIX } from '../db/conditions.ts'
import { verifications } from '../db/schema/index.ts'
import type { GroupFilter } from './group-schemas.ts'

/** No index serves these filters: a page looks at this many verifications at most. */
export const LOOKED_MAX = 10_000

/**
 * The condition for groups, and the oldest verification looked at. Both are undefined without groups, the latter also if
 * the verifications of `where` are fewer than `LOOKED_MAX`; it belongs to the page.
 */
export async function inGroups(
  context: ClientContext,
  { country, prefix, carrier, provider, channel, started }: GroupFilter,
  where: SQL | undefined,
): Promise<{ condition: SQL | undefined; oldest: string | undefined }> {
  const called = (name: 'carrier' | 'provider', value: string) =>
    sql`(select coalesce(${sql.raw(name)}, '') from (${sql.raw(LAST_CALL)} where verification_id = ${verifications.id}) c) = ${value}`
  const condition = and(
    started && ne(verifications.status, 'denied'),
    country === undefined ? undefined : sql`coalesce(${verifications.country}, '') = ${country}`,
    prefix === undefined ? undefined : sql`${sql.raw(PREFIX)} = ${prefix}`,
    channel === undefined ? undefined : sql`${verifications.channel} = ${channel}`,
    carrier === undefined ? undefined : called('carrier', carrier),
    provider === undefined ? undefined : called('provider', provider),
  )
  if (!condition) return { condition, oldest: undefined }
  const [last] = await readersOf(context)
    .orm.select({ id: verifications.id })
    .from(verifications)
    .where(where)
    .orderBy(desc(verifications.id))
    .offset(LOOKED_MAX - 1)
    .limit(1)
  return { condition: last ? and(condition, gte(verifications.id, last.id)) : condition, oldest: last?.id }
}
