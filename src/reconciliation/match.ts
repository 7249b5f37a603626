import { recordWindow } from '../calls/record-window.ts'
import { CHANNEL_FACTS } from '../channels/channels.ts'
import type { Attempt } from '../draft/rows.ts'
import type { OperatorRecord } from '../providers/provider.ts'

/** One comparison of an account's records with our calls between two times. */
export type Run = { id: string; accountId: string; from: Date; to: Date; createdAt: Date }

/** The parts of one of our calls that are compared with an operator's record. */
export type OwnCall = Pick<
  Attempt,
  | 'id'
  | 'verificationId'
  | 'channel'
  | 'status'
  | 'assumed'
  | 'operatorCallId'
  | 'operatorRow'
  | 'codeHash'
  | 'unclearAt'
  | 'placedAt'
  | 'endedAt'
  | 'costMicros'
  | 'costCurrency'
> & {
  phone: string
  placingAt: Date
  /** Number and sum of the posted differences of the call, in the currency of its cost. */
  adjustments: bigint
  adjustedMicros: bigint
}

export type Pair = { call: OwnCall; record: OperatorRecord }
export type Matches = { pairs: Pair[]; strayRecords: OperatorRecord[]; strayCalls: OwnCall[] }

/**
 * Pairs an operator's records with our calls, each at most once: by the operator's own ids, else by phone and
 * time, nearest first, those that hold its code before others. `hasCode`: whether a record holds the code of a call; null if either has no code.
 */
export function match(
  records: readonly OperatorRecord[],
  calls: readonly OwnCall[],
  hasCode: (record: OperatorRecord, call: OwnCall) => boolean | null,
): Matches {
  const freeRecords = new Set(records)
  const freeCalls = new Set(calls)
  const pairs: Pair[] = []
  const take = (record: OperatorRecord, call: OwnCall | undefined) => {
    if (!call || !freeCalls.delete(call) || !freeRecords.delete(record)) return
    pairs.push({ call, record })
  }

  const byRow = new Map(calls.flatMap((call) => (call.operatorRow ? [[call.operatorRow, call]] : [])))
  const byId = new Map(calls.flatMap((call) => (call.operatorCallId ? [[call.operatorCallId, call]] : [])))
  for (const record of records) take(record, byRow.get(record.row))
  for (const record of freeRecords) if (record.callId) take(record, byId.get(record.callId))

  const byPhone = Map.groupBy(freeCalls, (call) => call.phone)
  const candidates = [...freeRecords].flatMap((record) =>
    (byPhone.get(record.phone) ?? []).flatMap((call) => {
      const known = hasCode(record, call)
      return fits(record, call) && mayBeOf(call, known)
        ? { record, call, rank: rankOf(record, call, known) }
        : []
    }),
  )
  for (const { record, call } of candidates.sort((a, b) => a.rank - b.rank)) take(record, call)
  return { pairs, strayRecords: [...freeRecords], strayCalls: [...freeCalls] }
}

function fits({ at }: OperatorRecord, call: OwnCall): boolean {
  const { from, to } = recordWindow(call)
  return at >= from && at <= to
}

/** A record with another code is not that of a message: it carried the code that we sent. */
const mayBeOf = ({ channel }: OwnCall, hasCode: boolean | null): boolean =>
  hasCode !== false || CHANNEL_FACTS[channel].codeOrigins.includes('operator')

const CODE_DIFFERS = 3_600_000

/** Smaller is likelier. Compares with the start of the call's second, since records hold whole seconds. */
function rankOf({ at, code }: OperatorRecord, call: OwnCall, hasCode: boolean | null): number {
  const distance = Math.abs(at.getTime() - Math.floor(call.placingAt.getTime() / 1000) * 1000)
  // A call that came in has no code, and may be dated long after the request.
  if (hasCode === true || (code === null && call.status === 'called')) return distance - CODE_DIFFERS
  return hasCode === null ? distance : distance + CODE_DIFFERS
}
