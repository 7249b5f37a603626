/**
 * The course of one call over SIP, as a pure state machine. It knows no SIP messages and no clock: an engine
 * reports what it heard, timers report that they ran out, and `step` says what to do.
 */

/** What an engine hears of a call, and what happens to it here. */
export type CourseEvent =
  /** 100: the trunk has the call. */
  | { kind: 'trying' }
  /** 180: the phone rings. */
  | { kind: 'ringing' }
  /** 181, 182 or 183: the call is forwarded or queued, or somebody plays a tone or an announcement. */
  | { kind: 'progress' }
  /** The final reply. `q850`: the cause of its `Reason` header. */
  | { kind: 'final'; status: number; q850: number | null }
  /** No final reply comes any more: the connection broke, or the engine gave up. */
  | { kind: 'lost' }
  | { kind: 'timer'; timer: Timer }
  /** Somebody no longer wants the call. */
  | { kind: 'hang_up' }

/**
 * `reply`: until the first reply; `setup`: until it must ring; `ring`: how long it may ring; `cancel`: how long a
 * CANCEL waits for the final reply.
 */
export type Timer = 'reply' | 'setup' | 'ring' | 'cancel'

export type Action = { do: 'start' | 'stop'; timer: Timer } | { do: 'cancel' }

export type Phase = 'inviting' | 'proceeding' | 'alerted' | 'cancelling' | 'ended'

/** How a call ended. `status`: the final reply, 0 if none came. */
export type End = { status: number; q850: number | null }

export type Course = {
  phase: Phase
  /** The strongest sign that the phone rings. */
  alert: 'none' | 'progress' | 'ringing'
  /** Whether we asked to end it. No CANCEL may leave before the first provisional reply (RFC 3261 §9.1). */
  wantsEnd: boolean
  end: End | null
}

export const FIRST_COURSE: Course = { phase: 'inviting', alert: 'none', wantsEnd: false, end: null }

/** How long to wait for any reply: 64 × T1 (RFC 3261 §17.1.1.2). */
export const PATIENCE_MS = 32_000

const NO_REPLY: End = { status: 0, q850: null }

export type Stepped = { course: Course; actions: Action[] }

/** `progressMeansRinging`: whether a 183 counts as ringing on this trunk. */
export function step(course: Course, event: CourseEvent, progressMeansRinging: boolean): Stepped {
  if (course.phase === 'ended') return { course, actions: [] }
  switch (event.kind) {
    case 'final':
      return ended(course, { status: event.status, q850: event.q850 })
    case 'lost':
      return ended(course, NO_REPLY)
    case 'trying':
    case 'ringing':
    case 'progress':
      return provisional(course, event.kind, progressMeansRinging)
    case 'hang_up':
      return stopped(course)
    case 'timer':
      return timedOut(course, event.timer)
  }
}

function timedOut(course: Course, timer: Timer): Stepped {
  if (timer === 'setup' || timer === 'ring') return stopped(course)
  if (course.phase !== (timer === 'reply' ? 'inviting' : 'cancelling')) return { course, actions: [] }
  return ended(course, NO_REPLY)
}

function provisional(
  course: Course,
  kind: 'trying' | 'ringing' | 'progress',
  progressMeansRinging: boolean,
): Stepped {
  const rings = kind === 'ringing' || (kind === 'progress' && progressMeansRinging)
  const alert = rings && course.alert !== 'ringing' ? kind : course.alert
  const heard: Course = { ...course, alert }
  if (course.phase === 'cancelling') return { course: heard, actions: [] }
  if (course.wantsEnd) return cancelling(heard)
  if (!rings || course.phase === 'alerted') {
    return { course: { ...heard, phase: course.phase === 'alerted' ? 'alerted' : 'proceeding' }, actions: [] }
  }
  return {
    course: { ...heard, phase: 'alerted' },
    actions: [
      { do: 'stop', timer: 'setup' },
      { do: 'start', timer: 'ring' },
    ],
  }
}

function stopped(course: Course): Stepped {
  if (course.phase === 'cancelling') return { course, actions: [] }
  if (course.phase === 'inviting') return { course: { ...course, wantsEnd: true }, actions: [] }
  return cancelling(course)
}

function cancelling(course: Course): Stepped {
  return {
    course: { ...course, phase: 'cancelling', wantsEnd: true },
    actions: [
      { do: 'stop', timer: 'setup' },
      { do: 'stop', timer: 'ring' },
      { do: 'cancel' },
      { do: 'start', timer: 'cancel' },
    ],
  }
}

function ended(course: Course, end: End): Stepped {
  return {
    course: { ...course, phase: 'ended', end },
    actions: (['reply', 'setup', 'ring', 'cancel'] as const).map((timer) => ({ do: 'stop', timer })),
  }
}
