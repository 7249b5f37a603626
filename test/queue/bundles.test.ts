import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bundled, type DueJob, due } from '../../src/queue/bundles.ts'
import { BUNDLE_MAX, bundle, type Job } from '../../src/queue/jobs.ts'

const job: fc.Arbitrary<Job> = fc.record({
  name: fc.constantFrom('place', 'poll', 'adopt'),
  payload: fc.record({ verification: fc.uuid(), attempt: fc.uuid() }),
  delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 500 })),
})
const moment = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 })

describe('bundles of jobs', () => {
  it('are due at or up to a tenth of a second after each of their jobs', () => {
    fc.assert(
      fc.property(job, moment, (job, now) => {
        const { dueAt } = due(job, now)
        if (!job.delayMs) expect(dueAt).toBe(0)
        else expect(dueAt - now - job.delayMs).toSatisfy((late: number) => late >= 0 && late < 100)
      }),
    )
  })

  it('hold every job once, with its kind and time, within the size limit, in as few bundles as possible', () => {
    fc.assert(
      fc.property(fc.array(job, { maxLength: 400 }), moment, (jobs, now) => {
        const asked = jobs.map((job) => due(job, now))
        const bundles = bundled(asked)
        const held = bundles.flatMap(({ name, dueAt, calls }) =>
          calls.map((payload): DueJob => ({ name, payload, dueAt })),
        )
        const sorted = (some: DueJob[]) => some.map((one) => JSON.stringify(one)).sort()
        expect(sorted(held)).toEqual(sorted(asked))
        for (const { calls } of bundles) expect(bundle.safeParse({ calls }).success).toBe(true)
        const kinds = Map.groupBy(asked, ({ name, dueAt }) => `${name} ${dueAt}`)
        const fewest = [...kinds.values()].reduce((sum, kind) => sum + Math.ceil(kind.length / BUNDLE_MAX), 0)
        expect(bundles).toHaveLength(fewest)
      }),
    )
  })
})
