import { timingSafeEqual } from 'node:crypto'
import type { Secrets } from '../secrets.ts'

/** The key that workers show to the gateway: derived, so that both know it without a setting of its own. */
export const gatewayKey = (secrets: Pick<Secrets, 'derive'>): string =>
  secrets.derive('sip gateway').toString('base64url')

/** Whether an `Authorization` header holds the key; takes the same time whatever is wrong. */
export function holdsKey(header: string | undefined, key: string): boolean {
  const wanted = Buffer.from(`Bearer ${key}`)
  const given = Buffer.from(header ?? '')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
