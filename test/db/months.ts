import type { Db } from '../../src/db/client.ts'

/**
 * Drops the partitions of the months later than so many after this one, as if the installation had been stopped.
 * Resolves to their number.
 */
export async function loseMonthsAfter({ sql }: Pick<Db, 'sql'>, months: number): Promise<number> {
  const parts = await sql<{ name: string; parent: string }[]>`
    select c.relname as name, i.inhparent::regclass::text as parent from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relkind = 'r' and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
      and to_date(right(c.relname, 7), 'YYYY_MM') > (now() at time zone 'utc') + make_interval(months => ${months})`
  for (const { name, parent } of parts) {
    await sql.unsafe(`alter table ${parent} detach partition ${name}`)
    await sql.unsafe(`drop table ${name}`)
  }
  return parts.length
}
