import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { vpbxCall } from '../../providers/new-tel/wire.ts'
import type { AttemptStatus } from '../../values/statuses.ts'
import type { DoorCall } from '../calls.ts'

/** Identifiers have 16 digits. */
const FIRST_ID = 1_000_000_000_000_000

export const toCallId = (number: number): string => String(FIRST_ID + number)
export const fromCallId = (callId: string | undefined): number => Number(callId) - FIRST_ID

/** 40 hexadecimal digits that end with the call's number, so that finding it needs no table. */
export function toVpbxId({ number, verification }: Pick<DoorCall, 'number' | 'verification'>): string {
  const head = createHash('sha256').update(verification).digest('hex').slice(0, 32)
  return head + number.toString(16).padStart(8, '0')
}

export const numberOfVpbxId = (id: string | undefined): number =>
  /^[0-9a-f]{40}$/.test(id ?? '') ? Number.parseInt((id as string).slice(32), 16) : Number.NaN

type Ended = { status: string; reasonCode: number }

/** How calls end, in the operator's words; its reason codes are seen in use, not documented. */
const ENDS: Partial<Record<AttemptStatus, Ended>> = {
  answered: { status: 'answered', reasonCode: 1 },
  busy: { status: 'busy', reasonCode: 3 },
  no_answer: { status: 'no answer', reasonCode: 4 },
  delivered: { status: 'answered', reasonCode: 1 },
  no_such_number: { status: 'no such number', reasonCode: 0 },
  unreachable: { status: 'not available', reasonCode: 8 },
  rejected: { status: 'not available', reasonCode: 8 },
  failed: { status: 'not available', reasonCode: 8 },
}

/** The operator's status of an attempt; null while there is none, or if its end is not known. */
export const endOf = (status: AttemptStatus | null): Ended | null => (status && ENDS[status]) ?? null

/** `callDetails` of `get-password-call-status`. */
export function toDetails({ number, attemptStatus, carrier }: DoorCall) {
  const end = endOf(attemptStatus)
  return {
    callId: toCallId(number),
    status: end?.status ?? null,
    ...(end ? { reasonCode: end.reasonCode, isValidNumber: attemptStatus !== 'no_such_number' } : {}),
    ...(carrier ? { oper: carrier.name } : {}),
  }
}

const unix = (at: Date) => Math.floor(at.getTime() / 1_000)

/** A call of the exchange. The number that called is not kept, so `clid` is empty. */
export function toVpbxCall(call: DoorCall) {
  const { attemptStatus, createdAt, deliveredAt, completedAt, phone } = call
  const end = endOf(attemptStatus)
  const active = end === null && completedAt === null
  return {
    vpbxId: toVpbxId(call),
    active,
    direction: 'out',
    clid: '',
    dnid: phone.startsWith('+') ? phone.slice(1) : '',
    status: end?.status ?? 'no answer',
    startTime: unix(createdAt),
    answerTime: attemptStatus === 'answered' && deliveredAt ? unix(deliveredAt) : null,
    endTime: active ? null : unix(deliveredAt ?? completedAt ?? createdAt),
  } satisfies z.input<typeof vpbxCall>
}
