import type { Cost } from '../billing/prices/cost-lists.ts'
import type { Channel } from '../channels/channels.ts'
import { hasReached, statusOn } from '../channels/reached.ts'
import type { FINDING_KINDS, Side } from '../db/schema/index.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import { toAmount } from '../values/money.ts'
import type { Matches, OwnCall, Pair } from './match.ts'
import { lacksPrice } from './take-price.ts'

/** A difference between an operator's records and ours. */
export type Difference = {
  kind: (typeof FINDING_KINDS)[number]
  fingerprint: string
  attemptId: string | null
  verificationId: string | null
  operatorRow: string | null
  phone: string | null
  at: Date
  ours: Side
  theirs: Side
  differenceMicros: bigint
  currency: string
  /** The record closes an unknown call: nothing is left to explain. */
  closes: boolean
}

export type CompareOptions = {
  /** Only calls and records in this span are compared; those around it serve the matching. */
  from: Date
  to: Date
  /** The operator's currency. */
  currency: string
  /** False if the operator's records omit calls: absence then proves nothing. */
  recordsAreComplete: boolean
  /** The listed cost of a call without a price from the operator. */
  listed(call: { phone: string; channel: string }, at: Date): Pick<Cost, 'amountMicros'> | null
}

const NOTHING: Side = { status: null, cost: null, currency: null }

/** All differences, each with a fingerprint that stays the same in the next comparison. */
export function compare(matches: Matches, options: CompareOptions): Difference[] {
  const inSpan = (at: Date) => at >= options.from && at < options.to
  return [
    ...matches.strayRecords.filter(({ at }) => inSpan(at)).map((record) => unknownToUs(record, options)),
    ...matches.strayCalls
      .filter((call) => inSpan(call.placingAt) && isMissing(call, options))
      .map((call) => notCharged(call, options)),
    ...matches.pairs
      .filter(({ call }) => inSpan(call.placingAt) && call.endedAt !== null)
      .flatMap((pair) => [...statusDiffers(pair, options), ...priceDiffers(pair, options)]),
  ]
}

function unknownToUs(record: OperatorRecord, { currency, listed }: CompareOptions): Difference {
  const { phone, at, row } = record
  const cost = record.result?.costMicros ?? listed({ phone, channel: 'flash_call' }, at)?.amountMicros ?? 0n
  return {
    kind: 'charged_unknown',
    fingerprint: `row ${row}`,
    attemptId: null,
    verificationId: null,
    operatorRow: row,
    phone,
    at,
    ours: NOTHING,
    theirs: sideOf(record, currency, 'flash_call'),
    differenceMicros: cost,
    currency,
    closes: false,
  }
}

/** Whether a placed call is missing from complete records. They need not contain a call that nobody made. */
function isMissing(call: OwnCall, { recordsAreComplete }: CompareOptions): boolean {
  if (call.status === 'not_called') return false
  return recordsAreComplete && call.endedAt !== null && call.placedAt !== null && knownCost(call) !== 0n
}

function notCharged(call: OwnCall, { currency }: CompareOptions): Difference {
  return {
    ...common('not_charged', call, null),
    fingerprint: `call ${call.id}`,
    theirs: NOTHING,
    differenceMicros: -(knownCost(call) ?? 0n),
    currency: call.costCurrency ?? currency,
  }
}

function statusDiffers({ call, record }: Pair, { currency }: CompareOptions): Difference[] {
  const { channel } = call
  const theirs = record.result && statusOn(channel, record.result.status)
  if (call.status === 'unknown') {
    // The operator does not know either, yet.
    if (!theirs) return []
    return [
      {
        ...common('status_differs', call, record),
        fingerprint: `closed ${call.id}`,
        theirs: sideOf(record, currency, channel),
        differenceMicros: call.costMicros === null ? (record.result?.costMicros ?? 0n) : 0n,
        currency,
        closes: true,
      },
    ]
  }
  if (!theirs || theirs === 'unknown') return []
  if (hasReached(channel, theirs) === hasReached(channel, call.status)) return []
  return [
    {
      ...common('status_differs', call, record),
      fingerprint: `status ${call.id} ${theirs}`,
      theirs: sideOf(record, currency, channel),
      differenceMicros: 0n,
      currency,
    },
  ]
}

function priceDiffers({ call, record }: Pair, { currency }: CompareOptions): Difference[] {
  const theirs = record.result?.costMicros
  if (theirs === undefined || theirs === null) return []
  if (lacksPrice(call)) return []
  // `statusDiffers` covers the price of a record that closes an unknown call.
  if (call.status === 'unknown' && call.costMicros === null) return []
  const ours = knownCost(call) ?? 0n
  const otherCurrency = ours !== 0n && call.costCurrency !== null && call.costCurrency !== currency
  if (ours === theirs && !otherCurrency) return []
  return [
    {
      ...common('price_differs', call, record),
      fingerprint: `price ${call.id} ${theirs} ${currency}${call.adjustments > 0n ? ` after ${call.adjustments}` : ''}`,
      theirs: sideOf(record, currency, call.channel),
      differenceMicros: otherCurrency ? theirs : theirs - ours,
      currency,
    },
  ]
}

/** The ledger's cost of a call: the recorded cost plus later adjustments. */
function knownCost({ costMicros, adjustedMicros }: OwnCall): bigint | null {
  return costMicros === null ? null : costMicros + adjustedMicros
}

function common(kind: Difference['kind'], call: OwnCall, record: OperatorRecord | null) {
  const { id, verificationId, phone, placingAt, status, costCurrency } = call
  const known = knownCost(call)
  const cost = known === null ? null : toAmount(known)
  return {
    kind,
    attemptId: id,
    verificationId,
    operatorRow: record?.row ?? null,
    phone,
    at: placingAt,
    ours: { status, cost, currency: costCurrency },
    closes: false,
  }
}

function sideOf({ result }: OperatorRecord, currency: string, channel: Channel): Side {
  const cost = result?.costMicros ?? null
  return {
    status: result ? statusOn(channel, result.status) : null,
    cost: cost === null ? null : toAmount(cost),
    currency: cost === null ? null : currency,
  }
}
