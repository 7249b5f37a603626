import type { z } from 'zod'
import { formatTime, type logRow } from '../../providers/narayana/wire.ts'
import { CALL_PRICE, type Calls, type DialledCall } from '../calls.ts'
import { WORDS } from '../dialects.ts'
import { type Mood, odd, recordsAheadMs } from '../moods.ts'
import type { Trait } from './narayana-keys.ts'

/** The zone of `date`, which is told nowhere, in hours. */
const SERVER_ZONE = 2
const LATE_MS = 3_000
const OTHERS = { busy_log: 500, endless_log: 5_000 }

const STATUS = {
  open: '',
  unknown: '',
  answered: 'ANSWER',
  busy: '17BUSY',
  no_answer: '0CANCEL',
  delivered: 'SMS Deliv',
  no_such_number: '1CHANUNAVAIL',
  unreachable: '20CHANUNAVAIL',
}

type LogOptions = {
  calls: Calls
  /** Milliseconds. */
  now: () => number
  has(trait: Trait): boolean
  stands(mood: Mood): boolean
  /** Of the user, in hours. */
  zone: number
}

/** The unique id of a call: Asterisk's, seconds and a serial number. */
export const uniqueIdOf = ({ id }: DialledCall) =>
  `${Math.floor(id / 1e6)}.${String(id % 1e6).padStart(6, '0')}`

/** How the operator words the state of a call or message. */
export function statusOf(calls: Calls, call: DialledCall): string {
  const end = calls.reported(call) ?? 'open'
  if (call.dialect === 'words') return WORDS[end]
  if (call.channel !== 'sms') return STATUS[end]
  return end === 'open' || end === 'unknown' ? 'SMS Sent' : end === 'delivered' ? 'SMS Deliv' : 'SMS Undeliv'
}

/** The log, newest first: the calls' own rows, among rows of other users if the log is busy. */
export function logOf(dialled: readonly DialledCall[], options: LogOptions) {
  const { calls, now, has, stands } = options
  const inLog = dialled.filter(
    (call) => !has('late_rows') || now() - call.at >= call.course.endsAfterMs + LATE_MS,
  )
  const own = inLog.flatMap((call) => rowsOf(call, calls.isCharged(call), options))
  const rows = stands('rows_twice') ? own.flatMap((row) => [row, row]) : own
  const others = has('endless_log') ? OTHERS.endless_log : has('busy_log') ? OTHERS.busy_log : 0
  const foreign = Array.from({ length: others }, (_, i) => foreignRow(i, now(), options))
  return [...foreign, ...(stands('rows_stray') ? [{}] : []), ...rows.reverse()]
}

type Row = z.input<typeof logRow> & Record<string, unknown>

function rowsOf(call: DialledCall, isCharged: boolean, options: LogOptions): Row[] {
  const { calls, has, stands, zone } = options
  const at = call.at + recordsAheadMs(stands)
  const cost = isCharged ? CALL_PRICE : 0
  const row: Row = {
    id: has('other_ids') ? String(call.id).slice(4) : uniqueIdOf(call),
    username: 'user',
    sip_extension: '12345',
    date: formatTime(new Date(at), SERVER_ZONE),
    clientdate: odd(stands, at) ?? formatTime(new Date(at), zone),
    callerid: call.from.replace('+', ''),
    destination: call.phone.slice(1),
    direction: 'Russia Mobile - Megafon',
    route: 'route1-cli',
    time: call.course.end === 'answered' ? '00:07' : 0,
    status: statusOf(calls, call),
    cost: cost.toFixed(10),
    displaycost: cost,
    displaycurrency: '€',
    debug: `to ${call.phone}: ${call.code}`,
  }
  if (!has('corrected_rows') || cost === 0) return [row]
  const correction = { ...row, clientdate: formatTime(new Date(at + 1_000), zone), cost: '-0.05' }
  return [row, correction]
}

function foreignRow(i: number, at: number, { zone }: LogOptions): Row {
  return {
    id: `9${String(i).padStart(9, '0')}.1`,
    username: 'other',
    clientdate: formatTime(new Date(at), zone),
    callerid: '74950000000',
    destination: `7999${String(i).padStart(7, '0')}`,
    status: 'ANSWER',
    cost: '0.01',
  }
}
