import type { Course } from './course.ts'

/**
 * What the end of a call means. `status`: how the attempt ended. `refusal`: why there was certainly no call,
 * for a caller that still waits for the first answer. `unclear`: whether there was a call is not known.
 * `assumed`: inferred, not reported. `flagged`: the network calls our number unwanted.
 */
export type Verdict = {
  status: 'answered' | 'busy' | 'no_answer' | 'unreachable' | 'no_such_number' | 'unknown'
  refusal: 'unauthorized' | 'balance' | 'unavailable' | 'other' | null
  unclear: boolean
  assumed: boolean
  flagged: boolean
}

const as = (status: Verdict['status'], more: Partial<Verdict> = {}): Verdict => ({
  status,
  refusal: null,
  unclear: false,
  assumed: false,
  flagged: false,
  ...more,
})
const refused = (refusal: Verdict['refusal'], more: Partial<Verdict> = {}): Verdict =>
  as('unreachable', { refusal, ...more })

const NO_SUCH_NUMBER = new Set([1, 22, 28])
/** Causes of the trunk or the network, not of the phone. */
const TRUNK = new Set([3, 34, 38, 41, 42])
const UNWANTED = new Set([607, 608])
const CONFIGURATION = new Set([401, 402, 403, 405, 407, 413, 415, 416, 420, 421, 483, 488])

/**
 * Reads the end of a call (RFC 3261 §21; causes: Q.850). `notFoundIsFinal`: whether the trunk’s 404 is certain.
 * Q.850 says more than a reply, except that a phone that rang did ring. `deaf`: for a while no process listened, so
 * the phone may have rung all the same.
 */
export function verdictOf(course: Course, notFoundIsFinal: boolean, deaf = false): Verdict {
  const verdict = fromReplies(course, notFoundIsFinal)
  const isUnproven = deaf && course.alert === 'none' && verdict.status === 'unreachable' && !verdict.refusal
  return isUnproven ? as('unknown', { assumed: true }) : verdict
}

function fromReplies(course: Course, notFoundIsFinal: boolean): Verdict {
  const { end, alert, wantsEnd } = course
  if (!end) throw new Error('the call has not ended')
  const rang = alert !== 'none'
  if (end.status === 0) {
    return rang ? as('no_answer', { assumed: true }) : as('unknown', { unclear: true, assumed: true })
  }
  if (end.status >= 200 && end.status < 300) return as('answered')
  if (end.status === 487 && wantsEnd) {
    return rang ? as('no_answer', { assumed: alert === 'progress' }) : as('unreachable')
  }
  if (alert === 'ringing') return afterRinging(end.status, end.q850)
  const flagged = UNWANTED.has(end.status)
  const byCause = end.q850 === null ? null : causeVerdict(end.q850, alert)
  // These replies are about us, whatever cause a gateway behind the trunk attached.
  if (byCause && !CONFIGURATION.has(end.status) && !flagged) return byCause
  return rang ? { ...afterRinging(end.status, null), assumed: true } : unheard(end.status, notFoundIsFinal)
}

/** A 180 was seen. */
function afterRinging(status: number, q850: number | null): Verdict {
  if (q850 === 17 || status === 486 || status === 600) return as('busy')
  if ([603, 606, 607, 608].includes(status)) return as('busy', { flagged: UNWANTED.has(status) })
  if (status >= 300 && status < 400) return as('unknown')
  return CONFIGURATION.has(status) ? as('unknown') : as('no_answer')
}

/** Without a 180 a line may be busy, or a phone switched off, without anybody having seen a call. */
function causeVerdict(q850: number, alert: Course['alert']): Verdict | null {
  if (NO_SUCH_NUMBER.has(q850)) return as('no_such_number')
  if (TRUNK.has(q850)) return refused('unavailable')
  if (q850 === 19) return as('no_answer', { assumed: alert === 'none' })
  return q850 === 17 || q850 === 18 || q850 === 20 ? as('unreachable') : null
}

/** No sign that the phone rang. */
function unheard(status: number, notFoundIsFinal: boolean): Verdict {
  if (status >= 300 && status < 400) return refused('other')
  switch (status) {
    case 401:
    case 403:
    case 407:
      return refused('unauthorized')
    case 402:
      return refused('balance')
    case 404:
    case 484:
    case 485:
    case 604:
      return as(notFoundIsFinal ? 'no_such_number' : 'unreachable')
    case 410:
      return as('no_such_number')
    case 408:
    case 480:
    case 486:
    case 487:
    case 600:
      return as('unreachable')
    case 429:
    case 580:
      return refused('unavailable')
    case 607:
    case 608:
      return refused('other', { flagged: true })
    default:
      return refused(status >= 500 && status < 600 ? 'unavailable' : 'other')
  }
}
