import type { BareDraft } from './draft.ts'

type Row = Record<string, unknown>

/** Rows as they were read; new ones are missing. */
export type Before = ReadonlyMap<object, Row>

/** Copies rows as read, to find the changed ones later. */
export function snapshot(drafts: readonly BareDraft[]): Before {
  const before = new Map<object, Row>()
  for (const draft of drafts) {
    before.set(draft.verification, { ...draft.verification })
    for (const attempt of draft.attempts) before.set(attempt, { ...attempt })
  }
  return before
}
