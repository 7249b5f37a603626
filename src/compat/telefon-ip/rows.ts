import type { z } from 'zod'
import { STATUS_INFO, saysDelivered } from '../../providers/telefon-ip/status-info.ts'
import { type billingRow, formatMoscowTime, type statusData } from '../../providers/telefon-ip/wire.ts'
import type { DoorCall } from '../calls.ts'
import { writePhone } from './input.ts'

const MICROS = 1_000_000

/** An amount as the operator writes it: a decimal number. */
export const toDecimal = (micros: bigint | null): number => Number(micros ?? 0n) / MICROS

/** How a call ended, in the operator's words; empty while it has not. */
function infoOf({ attemptStatus, status }: DoorCall): string {
  switch (attemptStatus) {
    case 'answered':
    case 'busy':
    case 'no_answer':
    case 'delivered':
    case 'no_such_number':
    case 'unreachable':
      return STATUS_INFO[attemptStatus]
    case 'called':
      return STATUS_INFO.delivered
    case 'queued':
    case 'placing':
    case 'placed':
      return status === 'approved' ? STATUS_INFO.delivered : ''
    default:
      return STATUS_INFO.unknown
  }
}

const common = (call: DoorCall) => ({
  created_at: formatMoscowTime(call.createdAt),
  phone: writePhone(call.phone),
  price: toDecimal(call.priceMicros),
})

/** `data` of `get_status`. */
export function toStatus(call: DoorCall) {
  const info = infoOf(call)
  return {
    id: call.number,
    ...common(call),
    status: saysDelivered(info) ? 1 : 0,
    status_info: info,
  } satisfies z.input<typeof statusData>
}

/** A billing row. Codes are not kept, so `code_auth` has none. */
export function toBillingRow(call: DoorCall) {
  const info = infoOf(call)
  const delivered = saysDelivered(info)
  const { created_at, phone, price } = common(call)
  return {
    created_at,
    code_auth: '****',
    status: delivered ? 1 : 0,
    status_info: delivered ? 'ok' : info,
    phone,
    price,
  } satisfies z.input<typeof billingRow>
}
