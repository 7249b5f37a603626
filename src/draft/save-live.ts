import type { Tx } from '../db/client.ts'
import { inserts, updates } from '../db/rows.ts'
import { adoptedRows, DUE_SLOT_SECONDS, dueAttempts, liveVerifications } from '../db/schema/index.ts'
import type { Statement } from '../db/sql.ts'
import type { BareDraft, Due } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'
import type { Before } from './snapshot.ts'

type Row = Record<string, unknown>

/** After this, the tenant does not pay for an unknown call; a later charge of the operator is a finding. */
export const UNKNOWN_HOURS = 48

/** The constraint that a second call violates which adopts an operator's record. */
export const ROW_TAKEN = 'attempts_operator_row'

/** The index slot of a time. */
export const slotOf = (time: Date) => Math.floor(time.getTime() / (DUE_SLOT_SECONDS * 1000))

const MOVING = new Set(['nextAt', 'callToKey', 'expiresAt'])

/** The statements that keep the rows of verifications in progress. Deletes first: a new one may take the place of an ended one. */
export function saveLive(
  tx: Tx,
  { fresh, changed }: { fresh: readonly Verification[]; changed: readonly Verification[] },
  before: Before,
): Statement<object[]>[] {
  const wasLive = changed.filter((row) => before.get(row)?.completedAt === null)
  const ended = wasLive.filter(({ completedAt }) => completedAt !== null).map(({ id }) => id)
  const moved = wasLive.filter(
    (row) => row.completedAt === null && [...MOVING].some((key) => isChanged(row, before, key)),
  )
  const begun = fresh.filter(({ completedAt }) => completedAt === null)
  const toRow = (row: Verification) => ({ ...row, verificationId: row.id })
  return [
    ...(ended.length > 0
      ? [tx`delete from live_verifications where verification_id = any(${ended}::uuid[])`]
      : []),
    ...updates(tx, liveVerifications, moved.map(toRow), MOVING, ['verificationId']),
    ...inserts(tx, liveVerifications, begun.map(toRow)),
  ]
}

const isChanged = (row: Verification, before: Before, key: string) =>
  row[key as keyof Verification] !== before.get(row)?.[key]

/** Whether a worker must look at the attempt again: it has not ended, or its end is unknown and its hold still open. */
const isDue = (attempt: Pick<Attempt, 'endedAt' | 'status' | 'charge'>) =>
  attempt.endedAt === null || (attempt.status === 'unknown' && attempt.charge === 'reserved')

/** The statements that keep what is due, and the operators' records that were adopted. */
export function saveDue(tx: Tx, drafts: readonly BareDraft[], before: Before): Statement<object[]>[] {
  const all = drafts.flatMap(({ attempts, due }) => attempts.map((attempt) => ({ attempt, due })))
  const added: Row[] = []
  const moved: Row[] = []
  const kept: Row[] = []
  const over: string[] = []
  const adopted: Row[] = []
  const renamed: Attempt[] = []
  const asked = new Map<string, Attempt>()
  for (const { attempt, due } of all) {
    const old = before.get(attempt) as Attempt | undefined
    const news = due.get(attempt.id)
    if (!old) {
      if (isDue(attempt)) added.push(toRow(attempt, news))
    } else if (isDue(old) && !isDue(attempt)) over.push(attempt.id)
    else if (old.endedAt === null && attempt.endedAt !== null && isDue(attempt)) kept.push(ofUnknown(attempt))
    else if (news && isDue(attempt)) moved.push(toRow(attempt, news))
    const { accountId, provider, verificationId, operatorRow, id: attemptId } = attempt
    if (provider !== null && old?.provider !== provider) asked.set(`${provider} ${verificationId}`, attempt)
    if (old && operatorRow !== null && old.operatorRow !== operatorRow) {
      adopted.push({ accountId, operatorRow, attemptId })
      if (old.operatorRow !== null) renamed.push(old)
    }
  }
  return [
    ...(over.length > 0 ? [tx`delete from due_attempts where attempt_id = any(${over}::uuid[])`] : []),
    ...updates(tx, dueAttempts, moved, new Set(['dueAt', 'slot']), ['attemptId'], HELD),
    ...updates(tx, dueAttempts, kept, new Set(['dueAt', 'slot', ...HELD]), ['attemptId']),
    ...inserts(tx, dueAttempts, added),
    ...letGo(tx, renamed),
    ...inserts(tx, adoptedRows, adopted),
    ...noteAsked(tx, [...asked.values()]),
  ]
}

/** The operator has given a call's record another name: the earlier one is no call's. */
function letGo(tx: Tx, renamed: readonly Attempt[]): Statement<object[]>[] {
  if (renamed.length === 0) return []
  const accounts = renamed.map(({ accountId }) => accountId)
  const rows = renamed.map(({ operatorRow }) => operatorRow)
  return [
    tx`
    delete from adopted_rows where (account_id, operator_row) in (
      select * from unnest(${accounts}::uuid[], ${rows}::text[]))`,
  ]
}

/** An operator may be asked twice for a verification. */
function noteAsked(tx: Tx, asked: readonly Attempt[]): Statement<object[]>[] {
  if (asked.length === 0) return []
  const providers = asked.map(({ provider }) => provider)
  const ids = asked.map(({ verificationId }) => verificationId)
  return [
    tx`
    insert into asked_providers (provider, verification_id) select * from unnest(${providers}::text[], ${ids}::uuid[])
    on conflict do nothing`,
  ]
}

/** Written once, when the attempt takes them. */
const HELD = ['accountId', 'lineHash']

function toRow({ id, verificationId, channel }: Attempt, { at, ...held }: Partial<Due> = {}) {
  if (!at) throw new Error('an attempt in progress is due at some time')
  return { attemptId: id, verificationId, channel, dueAt: at, slot: slotOf(at), ...held }
}

/** The sweep passes over it: its money is released by its slot (`releaseStale`). */
const NEVER = new Date('9999-12-31T00:00:00Z')

/** It holds no account or line any more. */
function ofUnknown({ id, endedAt }: Attempt) {
  const released = new Date((endedAt?.getTime() ?? 0) + UNKNOWN_HOURS * 3_600_000)
  return { attemptId: id, dueAt: NEVER, slot: slotOf(released), accountId: null, lineHash: null }
}
