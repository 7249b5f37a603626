import type { Db, Tx } from '../db/client.ts'
import { LOCK_PATIENCE_MS } from '../db/partitions.ts'
import type { Month } from './months.ts'

const TRIES_MAX = 100

/**
 * Waits for a lock as short as the service bears, and again up to a minute: everybody who needs the table waits behind
 * the one who waits for its lock. Runs all of `statements` or none.
 */
export async function lockBriefly(tx: Tx, statements: string): Promise<void> {
  await tx.unsafe(`
    do $$ begin
      for i in 1..${TRIES_MAX} loop
        begin
          set local lock_timeout = ${LOCK_PATIENCE_MS};
          ${statements};
          return;
        exception when lock_not_available or deadlock_detected then
          perform pg_sleep(0.2);
        end;
      end loop;
      raise lock_not_available using message = 'the tables are in use all the time: run this again';
    end $$`)
}

/** From now on no row of the month changes, until `thaw` or the end of its partitions. */
export function freeze({ sql }: Pick<Db, 'sql'>, month: Month, tables: readonly string[]): Promise<void> {
  const statements = tables.map(
    (table) => `
      create or replace trigger archiving before insert or update or delete on ${month.part(table)}
      for each row execute function refuse_while_archiving()`,
  )
  return inTransaction(sql, statements)
}

export function thaw({ sql }: Pick<Db, 'sql'>, month: Month, tables: readonly string[]): Promise<void> {
  return inTransaction(
    sql,
    tables.map((table) => `drop trigger if exists archiving on ${month.part(table)}`),
  )
}

function inTransaction(sql: Db['sql'], statements: readonly string[]): Promise<void> {
  return sql.begin(async (tx) => {
    await tx`set local statement_timeout = 0`
    await lockBriefly(tx, statements.join(';\n'))
  })
}
