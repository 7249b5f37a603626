import { author, type Context } from '../context.ts'
import { violatedConstraint } from '../db/client.ts'
import { publicId } from '../ids.ts'
import { describeError } from '../log.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import type { Secrets } from '../secrets.ts'
import { change } from '../verifications/change.ts'
import { type Attempt, type Draft, record } from '../verifications/draft.ts'
import { claimEnds, findAttempt, setCode } from './claim.ts'
import { follow, lookFor, nextSearch, nextSearchAt } from './follow.ts'
import { endAsReported, endAttempt, endUnproven } from './outcome.ts'
import { type Followed, giveUp, readFollowed } from './poll.ts'

/** Operators' clocks and whole seconds: how far a record may lie before the asking and behind the last moment. */
const EARLY_MS = 5_000
const LATE_MS = 20_000

/** What a search found: the one record that is this call, none, several that might be, or nothing that could be read. */
type Finding = { kind: 'one'; record: OperatorRecord } | { kind: 'none' | 'several' | 'unreadable' }

/** Looks for a call whose answer was lost in the operator's own records, and takes it on or looks again later. */
export async function adopt(context: Context, { verification, attempt }: JobPayload): Promise<void> {
  const followed = await readFollowed(context, attempt)
  if (!followed) return giveUp(context, { verification, attempt })
  if (followed.attempt.status !== 'placing') return
  const base = {
    verificationId: verification,
    owner: null,
    author: author(context),
    needs: ['route', 'call'] as const,
  }
  if (!followed.attempt.unclearAt) {
    await change(context, { ...base, decide: (draft) => noticeDeadWorker(draft, followed) })
    return
  }
  const finding = await search(context, followed)
  const decide = (found: Finding) => (draft: Draft) => concludeSearch(draft, followed, found, context.secrets)
  try {
    await change(context, { ...base, decide: decide(finding) })
  } catch (error) {
    if (violatedConstraint(error) !== 'attempts_operator_row') throw error
    // Another attempt took the record on in the same moment.
    await change(context, { ...base, decide: decide({ kind: 'none' }) })
  }
}

/** A claim without an answer after its time: its worker died, before or after asking. */
function noticeDeadWorker(draft: Draft, { provider, account, attempt: seen }: Followed): void {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placing' || attempt.unclearAt || !attempt.placingAt) return
  const { placeTimeoutMs } = provider.capabilities(account.settings)
  if (claimEnds(attempt.placingAt, placeTimeoutMs) > draft.now) return
  lookFor(draft, attempt, account.settings, 'the worker that asked for the call did not come back')
}

async function search(context: Context, { provider, account, attempt, phone }: Followed): Promise<Finding> {
  if (!attempt.placingAt || !attempt.unclearAt) return { kind: 'none' }
  const from = new Date(attempt.placingAt.getTime() - EARLY_MS)
  const to = new Date(attempt.unclearAt.getTime() + LATE_MS)
  try {
    const records = await provider.records(account, { from, to, phone })
    const fitting = records.filter(
      (row) => row.phone === phone && row.at.getTime() >= wholeSecond(from) && row.at <= to,
    )
    const free = await withoutTaken(context, attempt, fitting)
    const [only] = free
    if (!only) return { kind: 'none' }
    return free.length === 1 ? { kind: 'one', record: only } : { kind: 'several' }
  } catch (error) {
    context.log.warn(
      { attempt: publicId('attempt', attempt.id), ...describeError(error) },
      'records not readable',
    )
    return { kind: 'unreadable' }
  }
}

const wholeSecond = (time: Date) => Math.floor(time.getTime() / 1000) * 1000

/** Leaves out the records that are known to be other attempts' calls: by their name, their id, or the code that they hold. */
async function withoutTaken(
  context: Context,
  { id, accountId, verificationId }: Attempt,
  records: OperatorRecord[],
): Promise<OperatorRecord[]> {
  if (records.length === 0) return []
  const rows = records.map((record) => record.row)
  const callIds = records.flatMap((record) => record.callId ?? [])
  const [named, neighbours] = await Promise.all([
    context.db.sql<{ name: string }[]>`
      select operator_row as name from attempts where account_id = ${accountId} and operator_row = any(${rows})
      union all
      select operator_call_id from attempts where account_id = ${accountId} and operator_call_id = any(${callIds})`,
    // The account's other recent calls to this phone: an operator's record may have no name but its code. An account serves
    // every tenant, and each is looked up by the index that begins with it.
    context.db.sql<{ verificationId: string; codeHash: Buffer }[]>`
      select a.verification_id, a.code_hash
      from verifications own
      cross join tenants t
      join verifications v on v.tenant_id = t.id and v.livemode = own.livemode and v.phone = own.phone
      join attempts a on a.verification_id = v.id
      where own.id = ${verificationId} and a.id <> ${id} and a.account_id = ${accountId} and a.code_hash is not null
        and v.created_at > own.created_at - interval '1 hour'`,
  ])
  const taken = new Set(named.map((row) => row.name))
  const isNeighbours = ({ code }: OperatorRecord) =>
    code !== null &&
    neighbours.some((row) =>
      context.secrets.codeHashes(row.verificationId, code).some((hash) => hash.equals(row.codeHash)),
    )
  return records.filter(
    (record) =>
      !taken.has(record.row) && !(record.callId && taken.has(record.callId)) && !isNeighbours(record),
  )
}

function concludeSearch(draft: Draft, followed: Followed, finding: Finding, secrets: Secrets): void {
  const { provider, account, attempt: seen } = followed
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placing' || attempt.looks !== seen.looks) return
  // A job that came twice, or too early, must not use up the searches before the operator has written its records.
  if (finding.kind !== 'one' && nextSearchAt(attempt, account.settings) > draft.now) return
  attempt.looks += 1
  if (finding.kind !== 'one') {
    if (nextSearch(draft, attempt, account.settings)) return
    concludeLast(draft, attempt, finding.kind)
    return
  }
  const { row, callId, code, result, detail, at } = finding.record
  attempt.status = 'placed'
  attempt.placedAt = draft.now
  attempt.operatorCallId = callId
  attempt.operatorRow = row
  if (code) setCode(draft, attempt, code, secrets)
  record(draft, 'attempt.adopted', {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    operator_call: callId,
    recorded_at: at.toISOString(),
    detail,
  })
  if (result) endAsReported(draft, attempt, result, detail)
  else follow(draft, attempt, provider.capabilities(account.settings), account.settings)
}

/** The last search has ended. Several records that fit say that the person was called: no account calls again. */
function concludeLast(draft: Draft, attempt: Attempt, found: keyof typeof UNPROVEN): void {
  if (found === 'several') endUnproven(draft, attempt, UNPROVEN[found])
  else endAttempt(draft, attempt, { status: 'unknown', assumed: true, detail: UNPROVEN[found] })
}

const UNPROVEN = {
  none: 'the answer was lost, and the operator’s records do not tell of the call',
  several: 'several of the operator’s records could be this call',
  unreadable: 'the answer was lost, and the operator’s records could not be read',
}
