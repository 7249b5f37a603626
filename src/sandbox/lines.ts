import { namespaceOf, sandboxSignKey } from './credentials.ts'

/** A SIP line of a simulated Teleum account. `key`: the account’s; `number`: what the line shows (E.164). */
export function sandboxLine(key: string, number: string): { number: string; user: string; password: string } {
  const user = `${key}-${number.slice(1)}`
  return { number, user, password: sandboxSignKey(user) }
}

/** The line with this SIP user; null for anything else. */
export function lineOf(user: string): { namespace: string; number: string } | null {
  const [, key = '', digits] = /^([0-9a-f]{48})-(\d{8,15})$/.exec(user) ?? []
  const namespace = namespaceOf(key)
  return namespace && digits ? { namespace, number: `+${digits}` } : null
}
