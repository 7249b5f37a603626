import type { App } from '../context.ts'
import type { BareDraft } from './draft.ts'
import { countChanges } from './metrics.ts'
import type { Before } from './snapshot.ts'

/** What follows the commit of drafts: their jobs are queued, and what they learned and changed is counted. */
export function committed(
  { queue, observations }: Pick<App, 'queue' | 'observations'>,
  drafts: readonly BareDraft[],
  before: Before,
): void {
  queue.enqueue(drafts.flatMap((draft) => draft.jobs))
  observations.add(drafts.flatMap((draft) => draft.observations))
  countChanges(drafts, before)
}
