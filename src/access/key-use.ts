import type { Db } from '../db/client.ts'
import { describeError, type Logger } from '../process/log.ts'
import { keepNewest } from '../values/keep-newest.ts'

const PAUSE_MS = 60_000
const KEYS_MAX = 10_000

/** Records the last use of a key or credential, at most once a minute, without delaying the request. */
export function createUseRecorder(
  db: Db,
  log: Logger,
  table: 'api_keys' | 'compat_credentials' = 'api_keys',
) {
  const recorded = new Map<string, number>()
  return {
    record({ id, lastUsedAt }: { id: string; lastUsedAt: Date | null }): void {
      const now = Date.now()
      if (now - Math.max(recorded.get(id) ?? 0, lastUsedAt?.getTime() ?? 0) < PAUSE_MS) return
      keepNewest(recorded, id, now, KEYS_MAX)
      db.sql`
        update ${db.sql.unsafe(table)} set last_used_at = now()
        where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`.catch(
        (error: unknown) => log.warn(describeError(error), 'use of a key not recorded'),
      )
    },
  }
}
