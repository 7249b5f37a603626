const HOUR_MS = 3_600_000

/** From `from` to before `to`, in milliseconds since 1970. */
export type Span = { from: number; to: number }

export const floorHour = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS
const ceilHour = (ms: number) => Math.ceil(ms / HOUR_MS) * HOUR_MS

/**
 * How to read a span: whole hours that are counted from the statistics, the rest from the verifications. `kept`: the
 * whole hours, of which the statistics hold at least what was erased. `counted` and `kept` may be empty.
 */
export function divide({ from, to }: Span, covered: Span): { kept: Span; counted: Span; rest: Span[] } {
  const kept = { from: ceilHour(from), to: Math.max(ceilHour(from), floorHour(to)) }
  const counted = { from: Math.max(kept.from, covered.from), to: Math.min(kept.to, covered.to) }
  if (counted.from >= counted.to) {
    return { kept, counted: { from: kept.to, to: kept.to }, rest: [{ from, to }].filter(isSome) }
  }
  return {
    kept,
    counted,
    rest: [
      { from, to: counted.from },
      { from: counted.to, to },
    ].filter(isSome),
  }
}

const isSome = ({ from, to }: Span) => from < to
