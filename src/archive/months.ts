import type { Sql } from '../db/client.ts'
import { PARTITIONED } from '../db/partitions.ts'

/** No tenant keeps phones for less. */
const RETENTION_DAYS_MIN = 7

/** A month whose rows lie in partitions of their own. */
export type Month = {
  /** `2025-01`. */
  name: string
  from: Date
  /** The first moment of the next month. */
  to: Date
  /** The lowest id of the month and of the next one. */
  fromId: string
  toId: string
  /** Its partition of a partitioned table. */
  part(table: string): string
}

/**
 * The months before `before` (`2025-01`) that are in the database and ended longer ago than the shortest retention, oldest
 * first.
 */
export async function monthsBefore(sql: Sql, before: string): Promise<Month[]> {
  const rows = await sql<{ day: string; from: Date; to: Date; fromId: string; toId: string }[]>`
    select to_char(month, 'YYYY-MM-DD') as day, month::timestamp at time zone 'utc' as from,
      (month + interval '1 month') at time zone 'utc' as to,
      first_id_of(month) as from_id, first_id_of((month + interval '1 month')::date) as to_id
    from (
      select to_date(right(c.relname, 7), 'YYYY_MM') as month
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'verifications'::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$') as parts
    where month < ${`${before}-01`}::date
      and month + interval '1 month' + make_interval(days => ${RETENTION_DAYS_MIN}) <= now() at time zone 'utc'
    order by month`
  return rows.map(({ day, ...bounds }) => {
    const name = day.slice(0, 7)
    return { name, ...bounds, part: (table) => `${table}_${name.replace('-', '_')}` }
  })
}

/** The partitioned tables in use. */
export async function partitionedTables(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relkind = 'p' and relname = any(${[...PARTITIONED]}::text[]) order by relname`
  return rows.map(({ name }) => name)
}
