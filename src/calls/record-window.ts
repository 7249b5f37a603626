import type { Attempt } from '../draft/rows.ts'

/** Whole seconds and what an operator needs to write a record: how far it may lie before the asking and behind the last moment. */
const EARLY_MS = 5_000
const LATE_MS = 20_000
/** How far around a span records and calls are read, so that what belongs together is found across its ends. */
export const SPAN_MARGIN_MS = 5 * 60_000

type Asked = Pick<Attempt, 'unclearAt' | 'placedAt'> & { placingAt: Date }

/** When the operator's record of a call was made, by our clock: from the asking to the last moment at which it can have been heard. */
export function recordWindow({ placingAt, unclearAt, placedAt }: Asked): { from: Date; to: Date } {
  const from = Math.floor((placingAt.getTime() - EARLY_MS) / 1000) * 1000
  const to = (unclearAt ?? placedAt ?? placingAt).getTime() + LATE_MS
  return { from: new Date(from), to: new Date(to) }
}
