/** The values of the series in an answer of `/metrics`, by name and labels as they are written. */
export type Series = Map<string, number>

export function readSeries(text: string): Series {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

/** The sum of the series in several answers, without those of buckets and sums, which depend on time. */
export function sumOfCounts(texts: readonly string[]): Series {
  const sum: Series = new Map()
  for (const [name, value] of texts.flatMap((text) => [...readSeries(text)])) {
    if (/_(bucket|sum)(\{|$)/.test(name)) continue
    sum.set(name, (sum.get(name) ?? 0) + value)
  }
  return sum
}

/** By how much each series that has moved did, for names that match. */
export function moved(before: Series, after: Series, names: RegExp): Record<string, number> {
  const all = [...after].filter(([name]) => names.test(name))
  const changes = all.map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
  return Object.fromEntries(changes.filter(([, by]) => by !== 0))
}
