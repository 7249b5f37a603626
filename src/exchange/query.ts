import { AppError } from '../errors.ts'

/** The parameters of a query. Throws 422 where one is given twice or holds what cannot be stored. */
export function readQuery(url: string): Record<string, string> {
  const start = url.indexOf('?')
  const values: Record<string, string> = Object.create(null)
  if (start === -1) return values
  const end = url.indexOf('#', start)
  for (const [name, value] of new URLSearchParams(url.slice(start + 1, end === -1 ? undefined : end))) {
    if (name in values) throw refused(name, 'must be given once')
    if (value.includes('\0') || name.includes('\0')) throw refused(name, 'must not hold a NUL character')
    values[name] = value
  }
  return values
}

function refused(name: string, message: string): AppError {
  const path = name.slice(0, 100)
  return new AppError('invalid_request', { detail: `${path}: ${message}`, errors: [{ path, message }] })
}
