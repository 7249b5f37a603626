/**
 * One line of the result. `ratio` is `value / baseline`, both from this run; memory and waiting are better
 * when small.
 */
export type Figure = {
  name: string
  /** Null where it could not be measured; `note` says why. */
  value: number | null
  unit: string
  baseline: number | null
  ratio: number | null
  target: string
  ok: boolean
  note?: string
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const round = (value: number) => Math.round(value * 1000) / 1000

/** More is better: `value` against `baseline`, at least `target` times as much. */
export function atLeast(name: string, unit: string, value: number, baseline: number, target: number): Figure {
  const ratio = baseline > 0 ? value / baseline : 0
  return {
    name,
    value: round(value),
    unit,
    baseline: round(baseline),
    ratio: round(ratio),
    target: `≥ ${target}`,
    ok: ratio >= target,
  }
}

/** Less is better: at most `target` times `baseline`. */
export function atMost(name: string, unit: string, value: number, baseline: number, target: number): Figure {
  const ratio = baseline > 0 ? value / baseline : Number.POSITIVE_INFINITY
  return {
    name,
    value: round(value),
    unit,
    baseline: round(baseline),
    ratio: round(ratio),
    target: `≤ ${target}`,
    ok: ratio <= target,
  }
}

/** An absolute limit. */
export function within(
  name: string,
  unit: string,
  value: number,
  limit: number,
  baseline: number | null = null,
): Figure {
  return {
    name,
    value: round(value),
    unit,
    baseline: baseline === null ? null : round(baseline),
    ratio: null,
    target: `≤ ${limit} ${unit}`,
    ok: value <= limit,
  }
}
