import { type Cpu, workOf } from './cpu.ts'
import { type Figure, round } from './figure.ts'

const columns = (cpu?: Cpu) => cpu && { ...cpu, 'all but load': round(workOf(cpu)) }

/**
 * Prints the figures as tables: with each its processor time in milliseconds per operation, and below it that
 * of its baseline.
 */
export function printFigures(figures: readonly Figure[]): void {
  const lines: Record<string, object> = {}
  for (const { name, value, unit, baseline, ratio, target, ok, cpu, baselineCpu, cpuRatio } of figures) {
    const ratios = { ratio: ratio ?? '', 'cpu ratio': cpuRatio ?? '' }
    lines[name] = { value, unit, ...ratios, target, ok, ...columns(cpu) }
    if (baseline !== null) lines[`${name}: baseline`] = { value: baseline, ...columns(baselineCpu) }
  }
  console.table(lines)
  const traces = figures.flatMap(({ name, footprint }) => (footprint ? [[name, footprint] as const] : []))
  if (traces.length > 0) {
    console.log('In PostgreSQL, per verification:')
    console.table(Object.fromEntries(traces))
  }
  for (const { name, note } of figures) if (note) console.log(`${name}: ${note}`)
}
