const HOUR_MS = 3_600_000

/** From `from` to before `to`, in milliseconds since 1970. */
export type Span = { from: number; to: number }

export const floorHour = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS
const ceilHour = (ms: number) => Math.ceil(ms / HOUR_MS) * HOUR_MS

/**
 * Splits a span by where to read it. `kept`: its whole hours; the statistics always hold their erased verifications.
 * `counted`: the part of `kept` that the statistics cover. `rest`: what must be counted from the verifications.
 * `counted` and `kept` may be empty.
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
