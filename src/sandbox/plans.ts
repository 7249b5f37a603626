import type { Channel } from '../channels/channels.ts'
import { type Course, type Plan, rings, silent } from './courses.ts'
import { DIALECTS, type Dialect } from './dialects.ts'
import type { FaultMode } from './faults.ts'
import type { Mood } from './moods.ts'
import { type Asked, specialPlan } from './special-phones.ts'

const BY_FAULT: Record<Exclude<FaultMode, Dialect | Mood>, Plan> = {
  http_500: { course: null, answer: 'http_500' },
  http_500_after_call: { course: rings, answer: 'http_500' },
  html_404: { course: null, answer: 'html_404' },
  html_502_after_call: { course: rings, answer: 'html_502' },
  reset_before: { course: null, answer: 'reset' },
  reset_after_call: { course: rings, answer: 'reset' },
  hang: { course: null, answer: 'hang' },
  hang_after_call: { course: rings, answer: 'hang' },
  slow_after_call: { course: rings, answer: 'slow' },
  garbage_after_call: { course: rings, answer: 'garbage' },
  bad_signature_after_call: { course: rings, answer: 'bad_signature' },
  refuse: { course: null, answer: 'refusal' },
  refuse_bare: { course: null, answer: 'bare_refusal' },
  silent_drop: { course: silent, answer: 'normal' },
  unreachable: { course: { ...silent, end: 'unreachable' }, answer: 'normal' },
  undetermined: { course: { ...rings, reportedAfterMs: Number.POSITIVE_INFINITY }, answer: 'normal' },
  down: { course: null, answer: 'http_500' },
  no_balance: { course: null, answer: 'no_balance' },
}

/** The plan for a call or message: by injected fault, or else by special phone. */
export function planFor(asked: Asked, fault: Exclude<FaultMode, Mood> | null): Plan {
  const plan = byFault(fault) ?? specialPlan(asked) ?? { course: rings, answer: 'normal' }
  return plan.course ? { ...plan, course: courseOn(asked.channel, plan.course) } : plan
}

function byFault(fault: Exclude<FaultMode, Mood> | null): Plan | null {
  if (!fault) return null
  return isDialect(fault) ? { course: rings, answer: 'normal', dialect: fault } : BY_FAULT[fault]
}

/**
 * What would ring arrives as a message, whatever the line does; a voice call that rings is answered. An inbound
 * call is reported at once, or as late as a call would be.
 */
function courseOn(channel: Channel, course: Course): Course {
  const { ringsAfterMs, end } = course
  if (channel === 'inbound_call') {
    return { ...course, reportedAfterMs: course.reportedAfterMs - rings.reportedAfterMs }
  }
  if (channel === 'voice') {
    return ringsAfterMs !== null && end === 'no_answer' ? { ...course, end: 'answered' } : course
  }
  if (channel !== 'sms' && channel !== 'telegram') return course
  return { ...course, end: ringsAfterMs === null ? end : 'delivered', rewritten: false }
}

const isDialect = (fault: FaultMode): fault is Dialect => (DIALECTS as readonly FaultMode[]).includes(fault)
