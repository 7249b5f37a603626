import postgres from 'postgres'

/** What one verification leaves behind in PostgreSQL. */
export type Footprint = {
  /** Growth of all tables with their indexes. */
  diskBytes: number
  walBytes: number
  /** The part of `walBytes` that is whole pages, written at the first change after a checkpoint. */
  fullPageBytes: number
  indexEntries: number
  /** The share of updates that add no index entry (HOT), of all tables. */
  heapOnlyShare: number
}

/** The same in sums, and with the number of verifications that they belong to. */
export type Traces = {
  verifications: number
  diskBytes: number
  walBytes: number
  fullPageBytes: number
  indexEntries: number
  updates: number
  heapOnlyUpdates: number
}

export function footprintOf(rounds: readonly Traces[]): Footprint {
  const sum = (of: keyof Traces) => rounds.reduce((total, round) => total + round[of], 0)
  const each = (of: keyof Traces) => Math.round((sum(of) / Math.max(1, sum('verifications'))) * 10) / 10
  return {
    diskBytes: Math.round(each('diskBytes')),
    walBytes: Math.round(each('walBytes')),
    fullPageBytes: Math.round(each('fullPageBytes')),
    indexEntries: each('indexEntries'),
    heapOnlyShare: Math.round((sum('heapOnlyUpdates') / Math.max(1, sum('updates'))) * 1000) / 1000,
  }
}

/** Starts to watch. The function it returns ends that, and tells what these verifications left behind. */
export async function watchTraces(databaseUrl: string): Promise<(verifications: number) => Promise<Traces>> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  await sql`create extension if not exists pg_walinspect`
  // Every round then writes as many whole pages.
  await sql`checkpoint`
  // Keeps the log until it has been read.
  await sql`select pg_create_physical_replication_slot(${`bench_${process.pid}`}, true, true)`
  const before = await read(sql)
  return async (verifications) => {
    const after = await read(sql)
    // The log knows exactly; statistics of sessions come late, and count no index entries.
    const [log] = await sql<Omit<Traces, 'verifications' | 'diskBytes' | 'walBytes'>[]>`
      select coalesce(sum(fpi_size), 0)::float8 as "fullPageBytes",
        coalesce(sum(count) filter (where kind in ('Btree/INSERT_LEAF', 'Btree/INSERT_POST', 'Btree/SPLIT_L', 'Btree/SPLIT_R')), 0)::float8
          as "indexEntries",
        coalesce(sum(count) filter (where kind like 'Heap/%UPDATE%'), 0)::float8 as updates,
        coalesce(sum(count) filter (where kind like 'Heap/HOT_UPDATE%'), 0)::float8 as "heapOnlyUpdates"
      from pg_get_wal_stats(${before.lsn}, ${after.lsn}, true) s (kind, count, count_percentage, record_size, record_size_percentage, fpi_size)`
    const [{ bytes = 0 } = {}] = await sql<{ bytes: number }[]>`
      select pg_wal_lsn_diff(${after.lsn}, ${before.lsn})::float8 as bytes`
    await sql.end()
    if (!log) throw new Error('the log told nothing')
    return { verifications, diskBytes: after.disk - before.disk, walBytes: bytes, ...log }
  }
}

async function read(sql: postgres.Sql): Promise<{ lsn: string; disk: number }> {
  const [row] = await sql<{ lsn: string; disk: number }[]>`
    select pg_current_wal_flush_lsn()::text as lsn,
      (select sum(pg_total_relation_size(relid)) from pg_stat_user_tables)::float8 as disk`
  if (!row) throw new Error('no position in the log')
  return row
}
