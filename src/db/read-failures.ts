import { withoutQuery } from '../process/without-query.ts'
import { isOutage } from './client.ts'

/**
 * Why a read failed though nothing is wrong with it. `slow`: it exceeded its time limit. Of a replica only:
 * `unreachable`; `conflict`: PostgreSQL cancelled it, since it held up the replay of the primary's changes;
 * `behind`: the replica has not replayed the last migration.
 */
export type ReadFailure = 'slow' | 'unreachable' | 'conflict' | 'behind'

const failures = new WeakMap<object, ReadFailure>()

/** Why the read that threw this failed; null for any other error. */
export function readFailureOf(thrown: unknown): ReadFailure | null {
  const error = withoutQuery(thrown)
  return typeof error === 'object' && error ? (failures.get(error) ?? null) : null
}

/** Notes why a read failed, for `readFailureOf`. */
export function markFailure(error: unknown, { isReplica }: { isReplica: boolean }): void {
  const failure = kindOf(error as { code?: string; severity?: string }, isReplica)
  if (failure) failures.set(error as object, failure)
}

function kindOf(error: { code?: string; severity?: string }, isReplica: boolean): ReadFailure | null {
  const { code = '', severity } = error
  if (code === '57014') return 'slow'
  if (!isReplica || !(error instanceof Error)) return null
  if (CONFLICTS.has(code)) return 'conflict'
  if (MISSING.has(code)) return 'behind'
  // Errors without a severity are not PostgreSQL's. FATAL: refused to connect, or ended the connection.
  const isOfConnection = code !== '' && (severity === undefined || severity === 'FATAL')
  return isOfConnection || isOutage(error) ? 'unreachable' : null
}

/** Serialization failure and deadlock: on a standby, a conflict with recovery. */
const CONFLICTS = new Set(['40001', '40P01', '57P04'])
/** No such column, function or table. */
const MISSING = new Set(['42703', '42883', '42P01'])
