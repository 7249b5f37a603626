import { describe, expect, it } from 'vitest'
import type { Course } from '../../src/gateway/course.ts'
import { verdictOf } from '../../src/gateway/verdict.ts'

type Row = [reply: string, none: string, progress: string, ringing: string]

/** `status`, `/refusal` where there was certainly no call, `~` assumed, `!` flagged, `?` unclear. */
const TABLE: Row[] = [
  ['200', 'answered', 'answered', 'answered'],
  ['487 ours', 'unreachable', 'no_answer~', 'no_answer'],
  ['487', 'unreachable', 'no_answer~', 'no_answer'],
  ['486', 'unreachable', 'busy~', 'busy'],
  ['600', 'unreachable', 'busy~', 'busy'],
  ['480', 'unreachable', 'no_answer~', 'no_answer'],
  ['408', 'unreachable', 'no_answer~', 'no_answer'],
  ['410', 'no_such_number', 'no_answer~', 'no_answer'],
  ['404', 'unreachable', 'no_answer~', 'no_answer'],
  ['404 final', 'no_such_number', 'no_answer~', 'no_answer'],
  ['404 q1', 'no_such_number', 'no_such_number', 'no_answer'],
  ['484 q28', 'no_such_number', 'no_such_number', 'no_answer'],
  ['604', 'unreachable', 'no_answer~', 'no_answer'],
  ['603', 'unreachable/other', 'busy~', 'busy'],
  ['607', 'unreachable/other!', 'busy~!', 'busy!'],
  ['608', 'unreachable/other!', 'busy~!', 'busy!'],
  ['401', 'unreachable/unauthorized', 'unknown~', 'unknown'],
  ['407', 'unreachable/unauthorized', 'unknown~', 'unknown'],
  ['403', 'unreachable/unauthorized', 'unknown~', 'unknown'],
  ['403 q21', 'unreachable/unauthorized', 'unknown~', 'unknown'],
  ['402', 'unreachable/balance', 'unknown~', 'unknown'],
  ['488', 'unreachable/other', 'unknown~', 'unknown'],
  ['483', 'unreachable/other', 'unknown~', 'unknown'],
  ['429', 'unreachable/unavailable', 'no_answer~', 'no_answer'],
  ['486 q34', 'unreachable/unavailable', 'unreachable/unavailable', 'busy'],
  ['500', 'unreachable/unavailable', 'no_answer~', 'no_answer'],
  ['503', 'unreachable/unavailable', 'no_answer~', 'no_answer'],
  ['580', 'unreachable/unavailable', 'no_answer~', 'no_answer'],
  ['503 q17', 'unreachable', 'unreachable', 'busy'],
  ['500 q18', 'unreachable', 'unreachable', 'no_answer'],
  ['480 q19', 'no_answer~', 'no_answer', 'no_answer'],
  ['480 q20', 'unreachable', 'unreachable', 'no_answer'],
  ['503 q38', 'unreachable/unavailable', 'unreachable/unavailable', 'no_answer'],
  ['302', 'unreachable/other', 'unknown~', 'unknown'],
  ['lost', 'unknown~?', 'no_answer~', 'no_answer~'],
  ['0 ours', 'unknown~?', 'no_answer~', 'no_answer~'],
]

describe('the reply table', () => {
  it.each(TABLE)('%s: %s before a sign of ringing, %s after a 183, %s after a 180', (reply, ...expected) => {
    const told = (['none', 'progress', 'ringing'] as const).map((alert) => {
      const course: Course = {
        phase: 'ended',
        alert,
        wantsEnd: reply.includes('ours'),
        end: {
          status: Number(/^\d+/.exec(reply)?.[0] ?? 0),
          q850: /q(\d+)/.test(reply) ? Number(/q(\d+)/.exec(reply)?.[1]) : null,
        },
      }
      const verdict = verdictOf(course, reply.includes('final'))
      const marks = [verdict.assumed && '~', verdict.flagged && '!', verdict.unclear && '?']
      return `${verdict.status}${verdict.refusal ? `/${verdict.refusal}` : ''}${marks.filter(Boolean).join('')}`
    })
    expect(told).toEqual(expected)
  })
})

it('without a sign of ringing, a call that nobody listened to for a while has an unknown end', () => {
  const end = { status: 487, q850: null }
  const silent: Course = { phase: 'ended', alert: 'none', wantsEnd: true, end }
  expect(verdictOf(silent, false)).toMatchObject({ status: 'unreachable' })
  expect(verdictOf(silent, false, true)).toMatchObject({ status: 'unknown', assumed: true })
  expect(verdictOf({ ...silent, alert: 'ringing' }, false, true)).toMatchObject({ status: 'no_answer' })
  const refused = { ...silent, end: { ...end, status: 503 } }
  expect(verdictOf(refused, false, true)).toEqual(verdictOf(refused, false))
})
