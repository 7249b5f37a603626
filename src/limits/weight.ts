import { networksOf } from '../values/networks.ts'

/**
 * What weighs once in a number range, however many verifications it starts there: the largest network of the address, else the
 * device, else the phone. Devices come second here: a stranger can make up as many as they like.
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

/** How the verifications of a tenant and mode in a number range ended, by what weighs once. */
export type RangeEnds = {
  tenantId: string
  livemode: boolean
  range: string
  byWeight: Map<string, { approved: boolean; startedAt: number }>
}
