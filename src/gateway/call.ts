import type { Action, Course, CourseEvent, Timer } from './course.ts'
import { FIRST_COURSE, PATIENCE_MS, step } from './course.ts'
import type { Leg } from './engines/engine.ts'
import type { Journal } from './journal.ts'
import type { CallRow, JournalCall } from './journal-rows.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/** A call as clients see it. Times in ISO 8601; `verdict`: null while the call is open. */
export type CallView = {
  id: string
  trunk: string
  from: string | null
  to: string
  state: Course['phase']
  alerted: boolean
  /** The final reply; 0 if none came. Null while the call is open. */
  sip_status: number | null
  q850: number | null
  invited_at: string
  alerted_at: string | null
  cancelled_at: string | null
  ended_at: string | null
  verdict: Verdict | null
}

/** One call: its course, its timers, and its lines in the journal. */
export type Call = {
  row: CallRow
  /** Reports what happened; runs what follows from it. */
  tell(event: CourseEvent): void
  /** From now on the call can be cancelled, and the timers of its start run. */
  begin(leg: Leg): void
  isEnded(): boolean
  /** Resolves once a provisional reply above 100 or the end is there, or `waitMs` passed. */
  news(waitMs: number): Promise<void>
  view(): CallView
}

export type CallHooks = {
  journal: Pick<Journal, 'note'>
  now(): number
  /** How long to wait for a reply, in milliseconds; a CANCEL waits a second more. */
  patienceMs?: number | undefined
  /** The trunk replied something that is neither 100 nor the end. */
  heardBack?(): void
  ended?(course: Course): void
  /** Whether no process listened for a while. */
  deaf?: boolean
}

export function createCall(
  row: CallRow,
  { journal, now, patienceMs = PATIENCE_MS, heardBack, ended, deaf = false }: CallHooks,
): Call {
  let course: Course = FIRST_COURSE
  let leg: Leg | null = null
  const times = {
    alerted: null as number | null,
    cancelled: null as number | null,
    ended: null as number | null,
  }
  const timers = new Map<Timer, NodeJS.Timeout>()
  const lengths: Record<Timer, number> = {
    reply: patienceMs,
    setup: row.setup_ms,
    ring: row.ring_ms,
    // Engines give up on the CANCEL first: then it is known that it was lost.
    cancel: patienceMs + 1000,
  }
  const first = Promise.withResolvers<void>()

  function start(timer: Timer): void {
    clearTimeout(timers.get(timer))
    timers.set(
      timer,
      setTimeout(() => tell({ kind: 'timer', timer }), lengths[timer]),
    )
  }

  function run(action: Action): void {
    if (action.do === 'start') start(action.timer)
    else if (action.do === 'stop') clearTimeout(timers.get(action.timer))
    else {
      times.cancelled = now()
      leg?.cancel()
      journal.note({ row: 'cancel', id: row.id, at: times.cancelled })
    }
  }

  function tell(event: CourseEvent): void {
    const before = course
    const stepped = step(course, event, row.progress_means_ringing)
    course = stepped.course
    for (const action of stepped.actions) run(action)
    if (course.alert !== before.alert && course.alert !== 'none') {
      const at = now()
      times.alerted ??= at
      journal.note({ row: 'alert', id: row.id, at, alert: course.alert })
    }
    if (event.kind === 'ringing' || event.kind === 'progress') {
      first.resolve()
      heardBack?.()
    }
    if (course.end === null || before.end !== null) return
    const at = now()
    times.ended = at
    journal.note({ row: 'end', id: row.id, at, ...course.end, ...(deaf && { deaf }) })
    if (course.end.status === 0) leg?.drop()
    first.resolve()
    ended?.(course)
  }

  return {
    row,
    tell,
    begin(begun) {
      leg = begun
      if (course.phase === 'cancelling') leg.cancel()
      if (course.phase === 'inviting') start('reply')
      if (course.phase === 'inviting' || course.phase === 'proceeding') start('setup')
    },
    isEnded: () => course.end !== null,
    async news(waitMs) {
      const timer = setTimeout(first.resolve, waitMs)
      await first.promise
      clearTimeout(timer)
    },
    view: () => viewOf(row, course, times, deaf),
  }
}

function viewOf(
  row: CallRow,
  course: Course,
  times: { alerted: number | null; cancelled: number | null; ended: number | null },
  deaf: boolean,
): CallView {
  const { end } = course
  return {
    id: row.id,
    trunk: row.trunk,
    from: row.from,
    to: row.to,
    state: course.phase,
    alerted: course.alert !== 'none',
    sip_status: end?.status ?? null,
    q850: end?.q850 ?? null,
    invited_at: new Date(row.at).toISOString(),
    alerted_at: isoOf(times.alerted),
    cancelled_at: isoOf(times.cancelled),
    ended_at: isoOf(times.ended),
    verdict: end && verdictOf(course, row.not_found_is_final, deaf),
  }
}

/** A call of the journal. One whose end is not there and can no longer come counts as lost. */
export function viewOfJournal({ call, alert, alertedAt, cancelledAt, end }: JournalCall): CallView {
  const course: Course = {
    phase: end ? 'ended' : cancelledAt ? 'cancelling' : alert === 'none' ? 'proceeding' : 'alerted',
    alert,
    wantsEnd: cancelledAt !== null,
    end: end && { status: end.status, q850: end.q850 },
  }
  const times = { alerted: alertedAt, cancelled: cancelledAt, ended: end?.at ?? null }
  return viewOf(call, course, times, end?.deaf ?? false)
}

const isoOf = (at: number | null) => (at === null ? null : new Date(at).toISOString())
