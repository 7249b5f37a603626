import { BUNDLE_MAX, type Job, type JobName } from './jobs.ts'

/** Jobs due within the same window travel together. */
export const BUNDLE_WINDOW_MS = 100

export type DueJob = Pick<Job, 'name' | 'payload'> & {
  /** Milliseconds by this machine's clock; 0 if due at once. */
  dueAt: number
}
export type Bundle = { name: JobName; dueAt: number; calls: Job['payload'][] }

/** Sets when a job is due. A delay is rounded up to the end of its window, never shortened. */
export function due({ name, payload, delayMs = 0 }: Job, now: number): DueJob {
  const dueAt = delayMs > 0 ? Math.ceil((now + delayMs) / BUNDLE_WINDOW_MS) * BUNDLE_WINDOW_MS : 0
  return { name, payload, dueAt }
}

/** Groups jobs of one kind that are due together into bundles of at most `BUNDLE_MAX`. */
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
