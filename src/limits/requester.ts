import type { Requester, Secrets } from '../secrets.ts'
import { networksOf } from '../values/networks.ts'

/**
 * Who asks, as far as the client says: the `device`, else the `client_ip` (IPv6: its /64); null where it says neither. The kind
 * is part of what is hashed, so that no device passes for an address.
 */
export function requesterOf(
  secrets: Secrets,
  tenantId: string,
  { device, client_ip }: { device?: string | undefined; client_ip?: string | undefined },
): Requester | null {
  if (device !== undefined) return secrets.requesters(tenantId, `device ${device}`)
  if (client_ip !== undefined) return secrets.requesters(tenantId, `address ${networksOf(client_ip)[0].name}`)
  return null
}

/** True where both name the same requester; nobody is the same as nobody. */
export function isSame(requester: Requester | null, stored: Buffer | null): boolean {
  if (!requester || !stored) return requester === null && stored === null
  return requester.some((hash) => hash.equals(stored))
}

/** How counters name a requester. */
export const shortName = (hash: Buffer) => hash.toString('hex', 0, 8)
