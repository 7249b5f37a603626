/**
 * The type that `Accept` prefers (RFC 9110). Falls back to the first type if the client prefers none or
 * accepts none.
 */
export function preferred(accept: string | undefined, types: readonly string[]): string {
  const [first = 'application/json'] = types
  if (!accept || types.length < 2) return first
  const ranges = accept.split(',').map(readRange)
  const ranked = types.map((type) => ({ type, q: qualityOf(type, ranges) }))
  return ranked.reduce((best, next) => (next.q > best.q ? next : best)).type
}

type Range = { type: string; q: number }

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  const value = q === undefined ? 1 : Number(q)
  return { type, q: value >= 0 && value <= 1 ? value : 0 }
}

/** The most specific matching range decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const [family] = type.split('/')
  const find = (wanted: string) => ranges.find((range) => range.type === wanted)
  return (find(type) ?? find(`${family}/*`) ?? find('*/*'))?.q ?? 0
}
