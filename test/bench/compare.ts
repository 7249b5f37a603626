import { PARTS, workOf } from './cpu.ts'
import { type Figure, round } from './figure.ts'

/** A line of bench/results.json. */
export type Recorded = Figure & { machine: Record<string, unknown>; versions: Record<string, string> }

/** Each figure divided by the earlier one: `value` above 1 is more, a part above 1 costs more. */
export type Change = Record<string, number>

/** What changed since an earlier run, row by row, and why the comparison may mean nothing. */
export function changesSince(
  now: readonly Recorded[],
  earlier: readonly Recorded[],
): { warnings: string[]; rows: Record<string, Change> } {
  const before = new Map(earlier.map((figure) => [figure.name, figure]))
  const rows: Record<string, Change> = {}
  for (const figure of now) {
    const old = before.get(figure.name)
    if (old) rows[figure.name] = changeOf(figure, old)
  }
  const warnings = [
    ...differences('machine', now[0]?.machine, earlier[0]?.machine),
    // Commits differ on purpose.
    ...differences('versions', now[0]?.versions, earlier[0]?.versions).filter(
      (text) => !/ commit: /.test(text),
    ),
  ]
  return { warnings, rows }
}

function changeOf(now: Figure, old: Figure): Change {
  const change: Change = {}
  const put = (name: string, value?: number | null, before?: number | null) => {
    if (value != null && before) change[name] = round(value / before)
  }
  put('value', now.value, old.value)
  put('ratio', now.ratio, old.ratio)
  put('cpu ratio', now.cpuRatio, old.cpuRatio)
  for (const part of PARTS) put(part, now.cpu?.[part], old.cpu?.[part])
  put('all but load', now.cpu && workOf(now.cpu), old.cpu && workOf(old.cpu))
  return change
}

function differences(what: string, now: object = {}, earlier: object = {}): string[] {
  const before = new Map(Object.entries(earlier))
  return Object.entries(now)
    .filter(([name, value]) => before.get(name) !== value)
    .map(([name, value]) => `${what}: ${name}: ${before.get(name) ?? 'unknown'} then, ${value} now`)
}
