import { CHANNEL_FACTS } from '../channels/channels.ts'
import type { Attempt } from '../draft/rows.ts'

/**
 * How far a record may lie before the request and after the window's end: whole seconds, and the operator's
 * delay in writing.
 */
const EARLY_MS = 5_000
const LATE_MS = 20_000
/** How far beyond a span to read records and calls, so that pairs across its ends are found. */
export const SPAN_MARGIN_MS = 5 * 60_000

type Asked = Pick<Attempt, 'channel' | 'unclearAt' | 'placedAt' | 'endedAt'> & { placingAt: Date }

/**
 * When the operator wrote its record of a call, by our clock: from the request to the latest moment the
 * operator can have got it. Of an inbound call up to its end: the operator may date the request or the call itself.
 */
export function recordWindow({ channel, placingAt, unclearAt, placedAt, endedAt }: Asked): {
  from: Date
  to: Date
} {
  const from = Math.floor((placingAt.getTime() - EARLY_MS) / 1000) * 1000
  const calledUntil = CHANNEL_FACTS[channel].reachesOut ? null : endedAt
  const to = (calledUntil ?? unclearAt ?? placedAt ?? placingAt).getTime() + LATE_MS
  return { from: new Date(from), to: new Date(to) }
}
