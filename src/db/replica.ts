import { ConfigError } from '../process/config.ts'
import { gauge } from '../process/metrics.ts'
import type { Db } from './client.ts'
import { connectOnce } from './reach.ts'
import type { Readers } from './readers.ts'

/** The holder of its turns at the readers, beside the tenants. */
const HOLDER = 'metrics'

/**
 * Exports whether the replica answers and how far it lags behind the primary, read on each scrape. Both are
 * absent without a replica (null), the lag also while primary or replica is unreachable.
 */
export function exportReplicaMetrics({ sql: primary }: Pick<Db, 'sql'>, replica: Readers | null): void {
  gauge('ringproof_read_replica_up', 'Whether the read replica answers, 1 or 0.', async (own) => {
    if (!replica) return
    own.set(0)
    await replica.of(HOLDER).sql`select`
    own.set(1)
  })
  gauge(
    'ringproof_read_replica_lag_seconds',
    'Age of the last commit that the read replica replayed; 0 if it has replayed all.',
    async (own) => {
      const lag = replica && (await lagOf(replica))
      if (lag !== null) own.set(lag)
    },
  )

  /**
   * The primary is asked first: what the replica received says nothing of its lag if it has stopped receiving.
   * Null if it was restarted and has replayed nothing since.
   */
  async function lagOf(replica: Readers): Promise<number | null> {
    const [written] = await primary<{ position: string }[]>`select pg_current_wal_lsn()::text as position`
    const [row] = await replica.of(HOLDER).sql<{ lag: number | null }[]>`
      select case when pg_is_in_recovery() and pg_last_wal_replay_lsn() < ${written?.position}::pg_lsn
        then greatest(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) else 0 end::float8 as lag`
    return row?.lag ?? null
  }
}

/**
 * Why a replica cannot serve reads, as one line that names DATABASE_READ_URL and never the password; null if
 * it can. Waits three seconds at most for it to answer.
 */
export async function troubleOfReplica(
  url: string,
  { sql: primary }: Pick<Db, 'sql'>,
): Promise<string | null> {
  try {
    const client = await connectOnce(url, 'DATABASE_READ_URL')
    const text = 'select id from tenants where is_first'
    const [theirs] = (await client.query(text).finally(() => client.end())).rows
    const [ours] = await primary.unsafe<{ id: string }[]>(text)
    return !theirs || theirs.id === ours?.id
      ? null
      : 'DATABASE_READ_URL: this is the database of another installation, not a replica of DATABASE_URL'
  } catch (error) {
    // Without the tables, it has yet to replay the first migration.
    return error instanceof ConfigError ? error.message : null
  }
}
