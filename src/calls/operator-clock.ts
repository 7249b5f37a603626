import type { OperatorRecord, OperatorRecords } from '../providers/provider.ts'

/**
 * How to read an operator's times, in milliseconds. `clockMs`: how far its clock is ahead of ours. `zoneMs`:
 * how far east of the adapter's assumed zone it writes times without a zone. `slackMs`: how much further than
 * usual a record may lie from its call because the clock is a guess.
 */
export type Reading = { clockMs: number; zoneMs: number; slackMs: number }

/**
 * One of our calls with a known time of acceptance. `hasCode`: null if the call or the record has no code.
 */
export type KnownCall = {
  phone: string
  placingAt: Date
  placedAt: Date
  hasCode(record: OperatorRecord): boolean | null
}

/** Adapters assume Moscow time. The other zone that servers write without naming it is UTC. */
const UTC_MS = -3 * 3_600_000
const QUARTER_MS = 15 * 60_000
const ZONES_MS = 14 * 3_600_000
/** Clocks that differ by less count as equal: answers and records have whole seconds. */
const SAME_MS = 2_000
const GUESS_MS = 45_000
/** How many known calls it takes to measure the clock if no record holds a code. */
const UNSURE_CALLS = 3
/** A reading that puts a record further into the future is wrong. */
const FUTURE_MS = 2 * 60_000

/** The time of a record by our clock. */
export function dateBy({ clockMs, zoneMs }: Reading, { at, zoned }: OperatorRecord): Date {
  return new Date(at.getTime() - clockMs - (zoned ? 0 : zoneMs))
}

/**
 * The possible readings of an operator's times, likeliest first; empty if the records cannot be dated. `now`:
 * our clock when the operator answered. Records of known calls measure the operator's clock and zone. Without
 * them, its `Date` header gives the clock, and a zone that puts records into the future is ruled out.
 */
export function readingsOf(
  { rows, answeredAt }: Omit<OperatorRecords, 'isWhole'>,
  now: Date,
  known: readonly KnownCall[],
): Reading[] {
  // The header is cut to whole seconds: add half a second.
  const told = answeredAt ? answeredAt.getTime() + 500 - now.getTime() : 0
  const clocks = Math.abs(told) > SAME_MS ? [told, 0] : [0]
  const measured = measure(rows, known, clocks)
  if (measured) return [measured]
  const zones = rows.some(({ zoned }) => !zoned) ? [0, UTC_MS] : [0]
  const latest = now.getTime() + FUTURE_MS
  // No zone explains a record further ahead, so such a record says nothing about the others.
  const possible = rows.filter(({ at }) => at.getTime() <= latest + ZONES_MS)
  if (possible.length === 0 && rows.length > 0) return []
  return zones
    .flatMap((zoneMs) => [
      ...clocks.map((clockMs) => ({ clockMs, zoneMs, slackMs: 0 })),
      ...clocks.map((clockMs) => ({ clockMs, zoneMs, slackMs: GUESS_MS })),
    ])
    .filter((reading) => possible.every((row) => dateBy(reading, row).getTime() <= latest))
}

/** The median of the readings that put records of known calls between their request and its answer. */
function measure(
  rows: readonly OperatorRecord[],
  known: readonly KnownCall[],
  clocks: readonly number[],
): Reading | null {
  const rowsOf = Map.groupBy(rows, ({ phone }) => phone)
  const callsOf = Map.groupBy(known, ({ phone }) => phone)
  const found = [...callsOf].flatMap(([phone, [call, ...more]]): Reading[] => {
    const [row, ...others] = rowsOf.get(phone) ?? []
    if (!call || !row || more.length > 0 || others.length > 0) return []
    const reading = readingOf(row, call, clocks)
    return reading ? [reading] : []
  })
  const isSure = known.some((call) => (rowsOf.get(call.phone) ?? []).some((row) => call.hasCode(row)))
  if (!isSure && found.length < UNSURE_CALLS) return null
  const total = ({ clockMs, zoneMs }: Reading) => clockMs + zoneMs
  found.sort((a, b) => total(a) - total(b))
  return found[Math.floor(found.length / 2)] ?? null
}

function readingOf(row: OperatorRecord, call: KnownCall, clocks: readonly number[]): Reading | null {
  const hasCode = call.hasCode(row)
  if (hasCode === false) return null
  // Records have whole seconds: this one was made within the second that it names.
  const [least, most] = [
    row.at.getTime() - call.placedAt.getTime(),
    row.at.getTime() + 999 - call.placingAt.getTime(),
  ]
  const middle = (least + most) / 2
  const zoneMs = row.zoned ? 0 : Math.round(middle / QUARTER_MS) * QUARTER_MS
  // Without a code, the record may belong to another call to the same phone, so accept only the two usual
  // zones.
  const isPlausible = hasCode ? Math.abs(zoneMs) <= ZONES_MS : zoneMs === 0 || zoneMs === UTC_MS
  if (!isPlausible || Math.abs(middle - zoneMs) > QUARTER_MS) return null
  const clockMs =
    clocks.find((clock) => clock >= least - zoneMs - SAME_MS && clock <= most - zoneMs + SAME_MS) ??
    middle - zoneMs
  return { clockMs, zoneMs, slackMs: 0 }
}
