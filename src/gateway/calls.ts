import { type Call, type CallView, createCall, viewOfJournal } from './call.ts'
import type { Engine } from './engines/engine.ts'
import type { Journal } from './journal.ts'
import type { Cursor, Span } from './journal-pages.ts'
import type { CallRow } from './journal-rows.ts'
import { recoverCalls } from './recovery.ts'
import type { CallOrder } from './schemas.ts'
import type { TrunkRefusal, Trunks } from './trunks.ts'

/** `conflict`: the id belongs to another call; `failed`: certainly nothing left, e.g. the disk is full. */
export type Placed =
  | { kind: 'call'; isNew: boolean; call: CallView }
  | { kind: 'refused'; reason: TrunkRefusal | 'conflict' | 'failed' | 'stopping' }

export type Calls = {
  /**
   * Dials once for an id, whatever becomes of the answer: the same id again returns the same call. Answers at
   * the first provisional reply above 100 or the end, after three seconds at the latest.
   */
  place(id: string, order: CallOrder): Promise<Placed>
  get(id: string): CallView | null
  /** Stops ringing now. */
  hangUp(id: string): CallView | null
  /** A page of what the journal knows of a span, oldest first. `next`: where the next page continues; null: nowhere. */
  list(span: Span & { limit: number }): Promise<{ data: CallView[]; next: Cursor | null }>
  /** Takes up the calls of the process before. */
  recover(): Promise<number>
  /** Forgets calls that ended and began over an hour ago; the journal keeps them. */
  forget(): void
  /** Places no further call and ends all that ring, waiting at most `waitMs` for them. */
  stop(waitMs: number): Promise<void>
}

const ANSWER_WAIT_MS = 3_000
const REMEMBERED_MS = 3_600_000
/** How much longer than we ring a trunk may let ring, should we vanish. */
const MARGIN_MS = 5_000
const PAUSE_MS = 25

type Options = {
  journal: Journal
  trunks: Trunks
  engine: Engine
  /** How long to wait for a reply, in milliseconds. */
  patienceMs?: number | undefined
}

const now = () => Date.now()

/** The calls of the last hour. */
export function createCalls({ journal, trunks, engine, patienceMs }: Options): Calls {
  /** `since`: by a clock that never jumps. */
  const known = new Map<string, { call: Call; placing: Promise<Placed | null>; since: number }>()
  let stopping = false

  /** Null: the call was placed. */
  async function dial(call: Call, order: CallOrder): Promise<Placed | null> {
    const { row } = call
    const trunk = await trunks.claim(row.trunk, order.trunk.settings)
    if (typeof trunk === 'string') return { kind: 'refused', reason: trunk }
    release.set(row.id, trunk)
    try {
      row.at = now()
      journal.note(row)
      const leg = await trunk.line.place(
        { id: row.id, from: order.from, to: order.to, lastsMs: row.setup_ms + row.ring_ms + MARGIN_MS },
        { record: (leg) => journal.record({ row: 'leg', id: row.id, at: now(), leg }), hear: call.tell },
      )
      call.begin(leg)
      return null
    } catch {
      // Its lines may be in the journal; without a leg they are of a call that never was.
      call.tell({ kind: 'lost' })
      return { kind: 'refused', reason: 'failed' }
    }
  }

  const release = new Map<string, Exclude<Awaited<ReturnType<Trunks['claim']>>, string>>()

  function create(id: string, order: CallOrder): Call {
    const { settings } = order.trunk
    const row: CallRow = {
      row: 'call',
      id,
      at: now(),
      trunk: order.trunk.id,
      from: order.from,
      to: order.to,
      ring_ms: order.ring_ms,
      setup_ms: order.setup_ms,
      progress_means_ringing: settings.progress_means_ringing,
      not_found_is_final: settings.not_found_is_final,
    }
    return createCall(row, {
      journal,
      now,
      patienceMs,
      heardBack: () => release.get(id)?.learn('ok'),
      ended({ end }) {
        const trunk = release.get(id)
        release.delete(id)
        trunk?.release()
        if (!end || end.status === 0) return
        const isRefused = end.status === 401 || end.status === 403 || end.status === 407
        trunk?.learn(isRefused ? 'unauthorized' : 'ok')
      },
    })
  }

  async function place(id: string, order: CallOrder): Promise<Placed> {
    const begun = performance.now()
    const earlier = known.get(id)
    if (earlier && !isSame(earlier.call.row, order)) return { kind: 'refused', reason: 'conflict' }
    if (!earlier && stopping) return { kind: 'refused', reason: 'stopping' }
    const call = earlier?.call ?? create(id, order)
    const placing = earlier?.placing ?? dial(call, order)
    if (!earlier) known.set(id, { call, placing, since: begun })
    const refused = await placing
    if (refused) {
      if (known.get(id)?.call === call) known.delete(id)
      return refused
    }
    await call.news(Math.max(0, begun + ANSWER_WAIT_MS - performance.now()))
    return { kind: 'call', isNew: !earlier, call: call.view() }
  }

  return {
    place,
    get: (id) => known.get(id)?.call.view() ?? null,
    hangUp(id) {
      const call = known.get(id)?.call
      call?.tell({ kind: 'hang_up' })
      return call?.view() ?? null
    },
    async list(span) {
      const { calls, next } = await journal.read(span)
      return { data: calls.filter(({ sent }) => sent).map(viewOfJournal), next }
    },
    async recover() {
      const calls = await recoverCalls({ journal, engine, patienceMs, now })
      const since = performance.now()
      for (const call of calls) known.set(call.row.id, { call, placing: Promise.resolve(null), since })
      return calls.filter((call) => !call.isEnded()).length
    },
    forget() {
      for (const [id, { call, since }] of known) {
        if (call.isEnded() && since < performance.now() - REMEMBERED_MS) known.delete(id)
      }
    },
    async stop(waitMs) {
      stopping = true
      const deadline = performance.now() + waitMs
      for (const { call } of known.values()) call.tell({ kind: 'hang_up' })
      const isOpen = () => [...known.values()].some(({ call }) => !call.isEnded())
      while (isOpen() && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    },
  }
}

const isSame = (row: CallRow, { trunk, from, to, ring_ms, setup_ms }: CallOrder): boolean =>
  row.trunk === trunk.id &&
  row.from === from &&
  row.to === to &&
  row.ring_ms === ring_ms &&
  row.setup_ms === setup_ms
