import type { OperatorRecord, OperatorRecords } from '../providers/provider.ts'

/**
 * How an operator's times are to be read, in milliseconds. `clockMs`: how far its clock is ahead of ours; `zoneMs`: how far
 * east of the zone that its adapter takes for granted it writes times without one; `slackMs`: how much further than usual a
 * record may lie from its call, where the clock is a guess.
 */
export type Reading = { clockMs: number; zoneMs: number; slackMs: number }

/** A call of ours whose time of acceptance we know. `hasCode`: null where one of the two keeps no code. */
export type KnownCall = {
  phone: string
  placingAt: Date
  placedAt: Date
  hasCode(record: OperatorRecord): boolean | null
}

/** Adapters take Moscow for granted; the other zone that servers write without saying so is UTC. */
const UTC_MS = -3 * 3_600_000
const QUARTER_MS = 15 * 60_000
const ZONES_MS = 14 * 3_600_000
/** Clocks that differ by less are the same: answers and records tell whole seconds. */
const SAME_MS = 2_000
const GUESS_MS = 45_000
/** So many known calls tell the clock where no record holds a code. */
const UNSURE_CALLS = 3
/** A reading that puts a record further into the future than this is wrong. */
const FUTURE_MS = 2 * 60_000

/** When a record was made, by our clock. */
export function dateBy({ clockMs, zoneMs }: Reading, { at, zoned }: OperatorRecord): Date {
  return new Date(at.getTime() - clockMs - (zoned ? 0 : zoneMs))
}

/**
 * The ways in which an operator's times can be read, likeliest first; none where they cannot be dated. `now`: our clock when
 * it answered. Records of calls that we know measure its clock and zone; without any, its `Date` header tells the clock, and a
 * zone is ruled out by what it would put into the future.
 */
export function readingsOf(
  { rows, answeredAt }: Omit<OperatorRecords, 'isWhole'>,
  now: Date,
  known: readonly KnownCall[],
): Reading[] {
  // The header tells a second that has begun.
  const told = answeredAt ? answeredAt.getTime() + 500 - now.getTime() : 0
  const clocks = Math.abs(told) > SAME_MS ? [told, 0] : [0]
  const measured = measure(rows, known, clocks)
  if (measured) return [measured]
  const zones = rows.some(({ zoned }) => !zoned) ? [0, UTC_MS] : [0]
  const latest = now.getTime() + FUTURE_MS
  // No zone explains what lies further ahead: such a record tells nothing of the others.
  const possible = rows.filter(({ at }) => at.getTime() <= latest + ZONES_MS)
  if (possible.length === 0 && rows.length > 0) return []
  return zones
    .flatMap((zoneMs) => [
      ...clocks.map((clockMs) => ({ clockMs, zoneMs, slackMs: 0 })),
      ...clocks.map((clockMs) => ({ clockMs, zoneMs, slackMs: GUESS_MS })),
    ])
    .filter((reading) => possible.every((row) => dateBy(reading, row).getTime() <= latest))
}

/** The reading in the middle of those by which records of known calls lie between asking and answer. */
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
  // Whole seconds: the record was made within the second that it names.
  const [least, most] = [
    row.at.getTime() - call.placedAt.getTime(),
    row.at.getTime() + 999 - call.placingAt.getTime(),
  ]
  const middle = (least + most) / 2
  const zoneMs = row.zoned ? 0 : Math.round(middle / QUARTER_MS) * QUARTER_MS
  // Without its code, a record of another call to the phone must not be taken for this one's.
  const isPlausible = hasCode ? Math.abs(zoneMs) <= ZONES_MS : zoneMs === 0 || zoneMs === UTC_MS
  if (!isPlausible || Math.abs(middle - zoneMs) > QUARTER_MS) return null
  const clockMs =
    clocks.find((clock) => clock >= least - zoneMs - SAME_MS && clock <= most - zoneMs + SAME_MS) ??
    middle - zoneMs
  return { clockMs, zoneMs, slackMs: 0 }
}
