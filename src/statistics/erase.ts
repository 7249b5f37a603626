import type { Tx } from '../db/client.ts'
import { addCounts, lockStatistics, readMark } from './keep.ts'
import type { Owner } from './where.ts'

/**
 * Counts verifications for good before their phones are erased: afterwards they could no longer be counted by country,
 * prefix and carrier. The caller then sets `tallied`, in the same transaction.
 */
export async function tallyErased(tx: Tx, owner: Owner, ids: readonly string[]): Promise<void> {
  await lockStatistics(tx, owner)
  const mark = await readMark(tx, owner)
  const where = tx`v.id = any(${[...ids]}::uuid[])`
  await addCounts(tx, owner, where, { erased: true, sign: 1 })
  if (!mark) return
  const isCounted = tx`v.created_at >= ${mark.fromHour} and v.created_at < ${mark.toHour}`
  await addCounts(tx, owner, tx`${where} and ${isCounted}`, { erased: false, sign: -1 })
}
