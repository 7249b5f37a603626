import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action, type Course, type CourseEvent, FIRST_COURSE, step } from '../../src/gateway/course.ts'
import { verdictOf } from '../../src/gateway/verdict.ts'

const event: fc.Arbitrary<CourseEvent> = fc.oneof(
  fc.constantFrom<CourseEvent>({ kind: 'trying' }, { kind: 'ringing' }, { kind: 'progress' }),
  fc.constantFrom<CourseEvent>({ kind: 'lost' }, { kind: 'hang_up' }),
  fc.record({
    kind: fc.constant('timer' as const),
    timer: fc.constantFrom('reply', 'setup', 'ring', 'cancel'),
  }),
  fc.record({
    kind: fc.constant('final' as const),
    status: fc.oneof(
      fc.constantFrom(200, 486, 487, 480, 404, 503, 401, 603),
      fc.integer({ min: 200, max: 699 }),
    ),
    q850: fc.option(fc.integer({ min: 0, max: 127 })),
  }),
)

function run(events: CourseEvent[], progressMeansRinging: boolean) {
  let course: Course = FIRST_COURSE
  const actions: Action[] = []
  const courses = [course]
  for (const each of events) {
    const stepped = step(course, each, progressMeansRinging)
    course = stepped.course
    actions.push(...stepped.actions)
    courses.push(course)
  }
  return { course, courses, actions }
}

const count = (actions: Action[], like: Partial<Action>) =>
  actions.filter((action) => Object.entries(like).every(([k, v]) => action[k as keyof Action] === v)).length

describe('the course of a call', () => {
  const anything = fc.array(event, { maxLength: 14 })

  it('cancels at most once, never before a provisional reply, and never once it has ended', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (events, means) => {
        const { actions } = run(events, means)
        expect(count(actions, { do: 'cancel' })).toBeLessThanOrEqual(1)
        const first = events.findIndex(({ kind }) => ['trying', 'ringing', 'progress'].includes(kind))
        const before = run(first < 0 ? events : events.slice(0, first), means)
        expect(count(before.actions, { do: 'cancel' })).toBe(0)
      }),
    )
  })

  it('has one ring timer, and each timer that runs is stopped by the end', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (events, means) => {
        const { actions, course } = run(events, means)
        expect(count(actions, { do: 'start', timer: 'ring' })).toBeLessThanOrEqual(1)
        if (course.end === null) return
        for (const timer of ['reply', 'setup', 'ring', 'cancel'] as const) {
          const last = actions.findLast((action) => action.do !== 'cancel' && action.timer === timer)
          expect(last).toEqual({ do: 'stop', timer })
        }
      }),
    )
  })

  it('never leaves its end, and takes no sign of ringing back', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (events, means) => {
        const { courses } = run(events, means)
        for (const [i, course] of courses.entries()) {
          const next = courses[i + 1] ?? course
          if (course.end) expect(next).toEqual(course)
          if (course.alert === 'ringing') expect(next.alert).toBe('ringing')
          if (course.alert !== 'none') expect(next.alert).not.toBe('none')
        }
      }),
    )
  })

  it('always ends once its timers run out and nothing more is heard', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (events, means) => {
        const over: CourseEvent[] = [
          { kind: 'timer', timer: 'reply' },
          { kind: 'timer', timer: 'setup' },
          { kind: 'timer', timer: 'ring' },
          { kind: 'timer', timer: 'cancel' },
        ]
        const { course } = run([...events, ...over], means)
        expect(course.phase).toBe('ended')
      }),
    )
  })

  it('counts as a call that rang only if something rang, and says “no call” only if nothing did', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), fc.boolean(), (events, means, isFinal) => {
        const { course } = run([...events, { kind: 'lost' }], means)
        const verdict = verdictOf(course, isFinal)
        if (verdict.status === 'busy') expect(course.alert).not.toBe('none')
        if (verdict.refusal !== null) expect(course.alert).not.toBe('ringing')
        if (course.alert === 'ringing') {
          expect(['answered', 'busy', 'no_answer', 'unknown']).toContain(verdict.status)
        }
      }),
    )
  })
})
