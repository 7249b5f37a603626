import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** Prefixes of public ids, by kind. */
export const ID_PREFIXES = {
  verification: 'ver',
  attempt: 'att',
  event: 'evt',
  key: 'key',
  tenant: 'ten',
  ledger: 'led',
  account: 'prv',
  route: 'rte',
  price: 'prc',
  cost: 'cst',
  reconciliation: 'rec',
  finding: 'fnd',
  erasure: 'era',
  checkpoint: 'chk',
  compat: 'cmp',
  endpoint: 'whe',
  delivery: 'whd',
} as const

export type IdKind = keyof typeof ID_PREFIXES

const pool = Buffer.alloc(16 * 256)
let used = pool.length
/** The bytes of the id that is being made. */
const bytes = Buffer.alloc(16)
const last = { random: bytes, msecs: 0, seq: 0 }
/** A clock that goes back by less keeps the order of ids; one that goes back further was wrong before. */
const SET_BACK_MS = 1000

/**
 * A new UUIDv7. It sorts by time, so inserts stay local in an index; ids of one process sort in creation
 * order, unless its clock is set back.
 */
export function newId(): string {
  // Fetches randomness for many ids at once: fetched per id, it costs more than the rest of the id.
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  pool.copy(bytes, 0, used, used + 16)
  used += 16
  const now = Date.now()
  if (now > last.msecs || now < last.msecs - SET_BACK_MS) {
    last.msecs = now
    last.seq = bytes.readUInt32BE(6) >>> 1
  } else last.seq += 1
  return dashed(v7(last, bytes).toString('hex'))
}

/** A new id that ends in 00: the ids that count up from it, to ff, belong to the same row. */
export const newRowId = () => `${newId().slice(0, -2)}00`

const dashed = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

const undashed = (uuid: string) =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)

/** The public form of a UUID: `ver_0193…`, 32 hex digits; it sorts by time as the UUID does. */
export function publicId(kind: IdKind, uuid: string): string {
  return `${ID_PREFIXES[kind]}_${undashed(uuid)}`
}

/** The UUID of a public id; `null` if malformed: callers treat a malformed id as unknown. */
export function parseId(kind: IdKind, id: string): string | null {
  const match = /^([a-z]{3})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id)
  if (!match || match[1] !== ID_PREFIXES[kind]) return null
  return match.slice(2).join('-')
}

/** When an id was made, in milliseconds since 1970. */
export const timeOf = (uuid: string) => Number.parseInt(uuid.slice(0, 13).replace('-', ''), 16)

/** How far the clock of a process that makes ids may differ from the database's. */
export const CLOCK_SKEW_MS = 60_000

/** An id below every id made for a row of `time` or later: lets an index on ids serve a time range. */
export function idBefore(time: Date): string {
  return boundary(time.getTime() - CLOCK_SKEW_MS, '0')
}

/** An id above every id made for a row of `time` or earlier. */
export function idAfter(time: Date): string {
  return boundary(time.getTime() + CLOCK_SKEW_MS, 'f')
}

function boundary(ms: number, fill: string): string {
  const hex = Math.min(Math.max(ms, 0), 0xffff_ffff_ffff).toString(16).padStart(12, '0')
  const rest = fill.repeat(4)
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${rest}-${rest}-${rest.repeat(3)}`
}
