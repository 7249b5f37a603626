import type { Channel } from '../channels/channels.ts'
import type { Verification } from '../draft/rows.ts'
import type { Requester } from '../secrets.ts'
import { type Phone, parsePhone } from '../values/phone.ts'

/** A request to start or retry. */
export type StartClaim = {
  tenantId: string
  livemode: boolean
  phone: Pick<Phone, 'e164' | 'type' | 'range'>
  channel: Channel
  clientIp: string | null
  requester: Requester | null
}

/** The claim of an existing verification. */
export function claimOf(
  row: Pick<Verification, 'tenantId' | 'livemode' | 'phone' | 'channel' | 'clientIp' | 'requester'>,
): StartClaim {
  const { tenantId, livemode, channel, clientIp } = row
  const phone = parsePhone(row.phone, null) ?? { e164: row.phone, type: null, range: row.phone.slice(0, 8) }
  return { tenantId, livemode, phone, channel, clientIp, requester: row.requester && [row.requester] }
}
