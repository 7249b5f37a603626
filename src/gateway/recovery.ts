import { type Call, createCall } from './call.ts'
import type { Engine } from './engines/engine.ts'
import type { Journal } from './journal.ts'
import type { JournalCall } from './journal-rows.ts'

const READ_MS = 3_600_000
/** No call rings longer; an older one is only noted as over. */
const RINGS_AT_MOST_MS = 180_000

/**
 * Takes up the calls of the last hour. Those that may still ring are cancelled at once: nothing else would
 * stop them.
 */
export async function recoverCalls(options: {
  journal: Journal
  engine: Engine
  patienceMs?: number | undefined
  now(): number
}): Promise<Call[]> {
  const { journal, now } = options
  const { calls } = await journal.read({ from: now() - READ_MS, to: Number.MAX_SAFE_INTEGER })
  return calls.filter(({ sent }) => sent).map((call) => recover(call, options))
}

function recover(
  { call: row, alert, alertedAt, cancelledAt, leg: record, end }: JournalCall,
  { journal, engine, patienceMs, now }: Parameters<typeof recoverCalls>[0],
): Call {
  // While set, what the journal already tells happens again at its time, and is not written again.
  let then: number | null = row.at
  const call = createCall(row, {
    now: () => then ?? now(),
    patienceMs,
    deaf: end?.deaf ?? end === null,
    journal: { note: (line) => then === null && journal.note(line) },
  })
  call.tell({ kind: 'trying' })
  then = alertedAt ?? then
  if (alert !== 'none') call.tell({ kind: alert })
  then = cancelledAt ?? then
  if (end && cancelledAt !== null) call.tell({ kind: 'hang_up' })
  then = end?.at ?? then
  if (end?.status === 0) call.tell({ kind: 'lost' })
  else if (end) call.tell({ kind: 'final', status: end.status, q850: end.q850 })
  then = null
  if (call.isEnded()) return call
  const leg = row.at < now() - RINGS_AT_MOST_MS ? null : engine.resume(record, call.tell)
  if (!leg) {
    call.tell({ kind: 'lost' })
    return call
  }
  call.begin(leg)
  call.tell({ kind: 'hang_up' })
  return call
}
