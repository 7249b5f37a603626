import { byPart, type Cpu, workOf } from './cpu.ts'
import type { Footprint } from './footprint.ts'

/** What one round measured, and the processor time per operation behind it. */
export type Sample = { value: number; cpu?: Cpu }

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
  /** Milliseconds per operation, in medians. */
  cpu?: Cpu
  baselineCpu?: Cpu
  /**
   * Processor time of the baseline's operation divided by that of ours, load generator left out: 0.5 if ours
   * costs twice as much.
   */
  cpuRatio?: number
  footprint?: Footprint
  note?: string
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

export const round = (value: number): number => Math.round(value * 1000) / 1000

/** More is better: `values` against `baselines`, at least `target` times as much. */
export function atLeast(
  name: string,
  unit: string,
  values: readonly Sample[],
  baselines: readonly Sample[],
  target: number,
): Figure {
  const figure = compared(name, unit, values, baselines)
  return { ...figure, target: `≥ ${target}`, ok: figure.ratio >= target }
}

/** Less is better: at most `target` times the baseline. */
export function atMost(
  name: string,
  unit: string,
  values: readonly Sample[],
  baselines: readonly Sample[],
  target: number,
): Figure {
  const figure = compared(name, unit, values, baselines)
  return { ...figure, target: `≤ ${target}`, ok: figure.ratio <= target }
}

function compared(name: string, unit: string, values: readonly Sample[], baselines: readonly Sample[]) {
  const [value, baseline] = [medianOf(values), medianOf(baselines)]
  const [cpu, baselineCpu] = [medianCpu(values), medianCpu(baselines)]
  if (!(baseline > 0)) throw new Error(`${name}: the baseline is ${baseline}`)
  return {
    name,
    value: round(value),
    unit,
    baseline: round(baseline),
    ratio: round(value / baseline),
    ...(cpu && { cpu }),
    ...(baselineCpu && { baselineCpu }),
    ...(cpu && baselineCpu && { cpuRatio: round(workOf(baselineCpu) / workOf(cpu)) }),
  }
}

export const medianOf = (samples: readonly Sample[]): number => median(samples.map(({ value }) => value))

/** The median of each part; absent unless every sample has them. */
export function medianCpu(samples: readonly Sample[]): Cpu | undefined {
  const known = samples.flatMap(({ cpu }) => cpu ?? [])
  if (known.length === 0 || known.length < samples.length) return undefined
  return byPart((part) => median(known.map((cpu) => cpu[part])))
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

/** A figure without a target, for comparison. */
export function reference(name: string, unit: string, samples: readonly Sample[]): Figure {
  const cpu = medianCpu(samples)
  const value = round(medianOf(samples))
  return { name, value, unit, baseline: null, ratio: null, target: '', ok: true, ...(cpu && { cpu }) }
}
