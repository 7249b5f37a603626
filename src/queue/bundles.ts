import { BUNDLE_MAX, type Job, type JobName, type JobPayload } from './jobs.ts'

/** Jobs that are due within the same moment travel together. */
export const MOMENT_MS = 100

export type DueJob = Pick<Job, 'name' | 'payload'> & {
  /** By the clock of this machine; 0 for what is due at once. */
  dueAt: number
}
export type Bundle = { name: JobName; dueAt: number; calls: JobPayload[] }

/** When the job is to be done: a delay ends with the moment in which it is over, never before it is over. */
export function due({ name, payload, delayMs = 0 }: Job, now: number): DueJob {
  const dueAt = delayMs > 0 ? Math.ceil((now + delayMs) / MOMENT_MS) * MOMENT_MS : 0
  return { name, payload, dueAt }
}

/** Puts jobs of one kind that are due together into one bundle, or into several where they are too many for one. */
export function bundled(jobs: readonly DueJob[]): Bundle[] {
  const groups = Map.groupBy(jobs, ({ name, dueAt }) => `${name} ${dueAt}`)
  return [...groups.values()].flatMap((group) => {
    const { name, dueAt } = group[0] as DueJob
    const calls = group.map(({ payload }) => payload)
    const count = Math.ceil(calls.length / BUNDLE_MAX)
    return Array.from({ length: count }, (_, i) => {
      return { name, dueAt, calls: calls.slice(i * BUNDLE_MAX, (i + 1) * BUNDLE_MAX) }
    })
  })
}
