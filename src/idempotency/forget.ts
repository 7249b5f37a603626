import type { Db } from '../db/client.ts'
import { KEPT_HOURS } from './kept-answer.ts'

const ROWS_MAX = 5000

/** Deletes up to 5000 expired keys. Resolves to the number deleted. */
export async function forgetIdempotencyKeys(db: Db): Promise<number> {
  const deleted = await db.sql`
    delete from idempotency_keys where ctid = any(array(
      select ctid from idempotency_keys
      where created_at < now() - ${KEPT_HOURS} * interval '1 hour'
      order by created_at limit ${ROWS_MAX} for update skip locked))`
  return deleted.count
}
