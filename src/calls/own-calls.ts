import type { Context } from '../context.ts'
import type { Attempt } from '../draft/rows.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import { idBefore } from '../values/ids.ts'
import type { Followed } from './followed.ts'
import { isInbound } from './inbound.ts'
import type { KnownCall } from './operator-clock.ts'
import { hasCodeOf } from './record-code.ts'
import { recordWindow } from './record-window.ts'

/**
 * `known`: calls whose records measure the operator's clock. `has`: whether a record belongs to another
 * attempt.
 */
export type OwnCalls = { known: KnownCall[]; has(record: OperatorRecord): boolean }

/** How many other phones to look up: enough to measure a clock. */
const PHONES_MAX = 10
const RECENT_MS = 4 * 3_600_000

type Row = {
  phone: string
  verificationId: string
  placingAt: Date
} & Pick<Attempt, 'channel' | 'status' | 'codeHash' | 'placedAt' | 'unclearAt' | 'endedAt'>

/**
 * Reads our own calls that an operator's records may contain, except the followed one. `window`: when its own record
 * was written.
 */
export async function readOwnCalls(
  { db, secrets }: Pick<Context, 'db' | 'secrets'>,
  { attempt: { id, accountId }, phone, livemode, now }: Followed,
  records: readonly OperatorRecord[],
  window: { from: Date; to: Date },
): Promise<OwnCalls> {
  if (records.length === 0) return { known: [], has: () => false }
  const ofPhone = records.filter((record) => record.phone === phone)
  const rows = ofPhone.map((record) => record.row)
  const callIds = ofPhone.flatMap((record) => record.callId ?? [])
  const [named, calls] = await Promise.all([
    db.sql<{ name: string }[]>`
      select operator_row as name from adopted_rows where account_id = ${accountId} and operator_row = any(${rows})
      union all
      select operator_call_id from attempts
      where account_id = ${accountId} and ended_call = any(${callIds}) and ended_call is not null
      union all
      select a.operator_call_id from due_attempts d
      join attempts a on a.verification_id = d.verification_id and a.id = d.attempt_id
      where d.account_id = ${accountId} and a.operator_call_id = any(${callIds})`,
    // An account serves every tenant, and the index on phones begins with the tenant: look up each tenant.
    db.sql<Row[]>`
      select v.phone, a.verification_id, a.channel, a.status, a.code_hash, a.placing_at, a.placed_at, a.unclear_at, a.ended_at
      from tenants t cross join unnest(${[phone, ...newestPhones(records, phone)]}::text[]) as p (phone)
      join verifications v on v.tenant_id = t.id and v.livemode = ${livemode} 
        and right(v.phone, 4) = right(p.phone, 4) and v.phone = p.phone
      join attempts a on a.verification_id = v.id
      where a.account_id = ${accountId} and a.id <> ${id} and a.placing_at is not null
        and v.id >= ${idBefore(new Date(now.getTime() - RECENT_MS))}`,
  ])
  const taken = new Set(named.map(({ name }) => name))
  const hasCode = (call: Row, record: OperatorRecord) => hasCodeOf(secrets, call, record)
  const neighbours = calls.filter((call) => call.phone === phone)
  const hidesCall = neighbours.some((call) => mayHaveCalled(call, window, now))
  return {
    known: calls.flatMap((call) =>
      call.placedAt && !isInbound(call)
        ? [{ ...call, placedAt: call.placedAt, hasCode: (record: OperatorRecord) => hasCode(call, record) }]
        : [],
    ),
    has: (record) =>
      taken.has(record.row) ||
      (record.callId !== null && taken.has(record.callId)) ||
      neighbours.some((call) => hasCode(call, record)) ||
      (record.code === null && hidesCall),
  }
}

/** Whether the phone may have called us within the window: a record without a code may then be of that call. */
function mayHaveCalled(call: Row, { from, to }: { from: Date; to: Date }, now: Date): boolean {
  if (!isInbound(call) || !call.placedAt || call.status === 'not_called') return false
  const own = recordWindow({ ...call, endedAt: call.endedAt ?? now })
  return own.from <= to && own.to >= from
}

function newestPhones(records: readonly OperatorRecord[], phone: string): string[] {
  const newest = records.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  const others = new Set(newest.flatMap((record) => (record.phone === phone ? [] : record.phone)))
  return [...others].slice(0, PHONES_MAX)
}
