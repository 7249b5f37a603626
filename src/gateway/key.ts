import { timingSafeEqual } from 'node:crypto'
import type { Config } from '../process/config.ts'
import type { Secrets } from '../secrets.ts'

/** Where calls over SIP are placed, and the key to show there. */
export type GatewayAccess = { url: string; key: string }

/** The gateway of this installation; null if it has none. */
export function gatewayOf(
  { GATEWAY_URL, GATEWAY_KEY }: Pick<Config, 'GATEWAY_URL' | 'GATEWAY_KEY'>,
  secrets: Pick<Secrets, 'derive'>,
): GatewayAccess | null {
  return GATEWAY_URL ? { url: GATEWAY_URL, key: GATEWAY_KEY ?? gatewayKey(secrets) } : null
}

/** The key that workers show to the gateway: derived, so that both know it without a setting of its own. */
export const gatewayKey = (secrets: Pick<Secrets, 'derive'>): string =>
  secrets.derive('sip gateway').toString('base64url')

/** Whether an `Authorization` header holds the key; takes the same time whatever is wrong. */
export function holdsKey(header: string | undefined, key: string): boolean {
  const wanted = Buffer.from(`Bearer ${key}`)
  const given = Buffer.from(header ?? '')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
