import { invalid } from '../errors.ts'

/**
 * The parameters of a query. Throws 422 for a parameter that occurs twice or contains text that cannot be
 * stored.
 */
export function readQuery(url: string): Record<string, string> {
  const start = url.indexOf('?')
  const values: Record<string, string> = Object.create(null)
  if (start === -1) return values
  const end = url.indexOf('#', start)
  for (const [name, value] of new URLSearchParams(url.slice(start + 1, end === -1 ? undefined : end))) {
    if (name in values) throw invalid(shown(name), 'given_twice')
    if (value.includes('\0') || name.includes('\0')) throw invalid(shown(name), 'not_storable')
    values[name] = value
  }
  return values
}

const shown = (name: string) => name.slice(0, 100)
