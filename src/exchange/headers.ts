import { invalid } from '../errors.ts'
import type { HttpContext } from './exchange.ts'

/**
 * The value of a header that decides something. Of one that was sent several times, equal values are one; different ones are refused
 * with 422: which of them counts, the client, a proxy and this server might each see differently. Clients and proxies may join equal
 * ones into a list, `a, a`, which says `a` as well.
 */
export function soleHeader(c: HttpContext, name: string): string | undefined {
  // Elsewhere they are joined, or all but the first are dropped.
  const raw = c.env?.incoming?.rawHeaders
  const wanted = name.toLowerCase()
  if (!raw) return unjoined(c.req.header(wanted))
  let found: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const given = raw[i] as string
    if (given.length !== wanted.length || given.toLowerCase() !== wanted) continue
    const value = unjoined(raw[i + 1] as string)
    if (found !== undefined && found !== value) throw invalid(name, 'header_contradicts')
    found = value
  }
  return found
}

function unjoined<T extends string | undefined>(value: T): T {
  if (!value?.includes(', ')) return value
  const [first, ...others] = value.split(', ')
  return others.every((other) => other === first) ? (first as T) : value
}
