import type { Requester, Secrets } from '../secrets.ts'
import { networksOf } from '../values/networks.ts'

/**
 * The requester that the client names: the `device`, else the `client_ip` (IPv6: its /64); null without
 * either. The hash includes the kind, so that a device cannot pass for an address.
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

/** Whether both are the same requester. Two unnamed requesters are the same. */
export function isSame(requester: Requester | null, stored: Buffer | null): boolean {
  if (!requester || !stored) return requester === null && stored === null
  return requester.some((hash) => hash.equals(stored))
}

/** The requester's name in counters. */
export const shortName = (hash: Buffer) => hash.toString('hex', 0, 8)
