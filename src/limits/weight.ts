import { networksOf } from '../values/networks.ts'

/**
 * The unit that counts once in a number range, however many verifications it starts there: the largest
 * network of the address, else the device, else the phone. The address comes first: an attacker can invent
 * devices at will.
 */
export function weighedBy(start: {
  phone: string
  clientIp: string | null
  requester: Buffer | null
}): string {
  const { phone, clientIp, requester } = start
  if (clientIp) return `address ${networksOf(clientIp).at(-1)?.name}`
  return requester ? `device ${requester.toString('hex')}` : `phone ${phone}`
}

/** How verifications of a tenant and mode in a number range ended, one entry per unit of `weighedBy`. */
export type RangeEnds = {
  tenantId: string
  livemode: boolean
  range: string
  byWeight: Map<string, { approved: boolean; startedAt: number }>
}
