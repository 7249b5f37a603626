import { z } from 'zod'

/**
 * Lines of the journal, with their fields in this order (`journal-pages.ts`). `leg`: what the engine needs to end a call that another process began; it holds no
 * password. Times in milliseconds since 1970.
 */
const base = { id: z.string(), at: z.number() }
const row = z.discriminatedUnion('row', [
  z.object({
    row: z.literal('call'),
    ...base,
    trunk: z.string(),
    /** Null once the record of the calling number is no longer needed. */
    from: z.string().nullable(),
    to: z.string(),
    ring_ms: z.number(),
    setup_ms: z.number(),
    progress_means_ringing: z.boolean(),
    not_found_is_final: z.boolean(),
  }),
  z.object({ row: z.literal('leg'), ...base, leg: z.unknown() }),
  z.object({ row: z.literal('alert'), ...base, alert: z.enum(['progress', 'ringing']) }),
  z.object({ row: z.literal('cancel'), ...base }),
  z.object({
    row: z.literal('end'),
    ...base,
    status: z.number(),
    q850: z.number().nullable(),
    deaf: z.boolean().optional(),
  }),
])
export type JournalRow = z.infer<typeof row>
export type CallRow = Extract<JournalRow, { row: 'call' }>
type EndRow = Extract<JournalRow, { row: 'end' }>

/** A call as its lines tell it. */
export type JournalCall = {
  call: CallRow
  /** Whether an INVITE may have left. */
  sent: boolean
  /** The last one; null once it is no longer needed. */
  leg: unknown
  alert: 'none' | 'progress' | 'ringing'
  alertedAt: number | null
  cancelledAt: number | null
  end: EndRow | null
}

/** Reads a line; null for a torn or foreign one. */
export function readRow(line: string): JournalRow | null {
  try {
    return row.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

/** Adds a line to the calls that it tells of. Lines of a call that began earlier are left out. */
export function addRow(calls: Map<string, JournalCall>, row: JournalRow): void {
  if (row.row === 'call') {
    if (!calls.has(row.id)) {
      calls.set(row.id, {
        call: row,
        sent: false,
        leg: null,
        alert: 'none',
        alertedAt: null,
        cancelledAt: null,
        end: null,
      })
    }
    return
  }
  const call = calls.get(row.id)
  if (!call) return
  if (row.row === 'leg') {
    call.sent = true
    call.leg = row.leg
  }
  if (row.row === 'cancel') call.cancelledAt = row.at
  else if (row.row === 'end') call.end = row
  else if (row.row === 'alert') {
    call.alert = row.alert
    call.alertedAt ??= row.at
  }
}

/** What remains of a line a day later: who was called, not from which number. */
export function withoutNumber(row: JournalRow): JournalRow {
  if (row.row === 'leg') return { ...row, leg: null }
  return row.row === 'call' ? { ...row, from: null } : row
}
