import { invalid } from '../errors.ts'
import type { HttpContext } from './exchange.ts'

/**
 * The value of a header that must be unambiguous. Equal repeated values count as one, also when a client or
 * proxy has joined them into a list (`a, a`). Different values throw 422: client, proxy and server might each
 * pick another one.
 */
export function soleHeader(c: HttpContext, name: string): string | undefined {
  // Only `rawHeaders` has every value; other views join them or drop all but the first.
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
