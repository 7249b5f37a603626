import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { Capabilities, CommonSettings } from '../providers/provider.ts'
import { publicId } from '../values/ids.ts'
import { WAKE_UP_MS } from '../verifications/queue-attempt.ts'

/** Begins to follow a call that was placed just now, until it is final or its time is over. */
export function follow(draft: Draft, attempt: Attempt, can: Capabilities, settings: CommonSettings): void {
  attempt.deadlineAt = later(draft.now, can.callOpenSeconds * 1000)
  attempt.looks = 0
  nextPoll(draft, attempt, settings)
}

/** Queues the next poll: pauses grow by half each time, with a fifth of jitter so that calls do not march in step. */
export function nextPoll(draft: Draft, attempt: Attempt, settings: CommonSettings): void {
  const pause = Math.min(settings.poll_first_ms * 1.5 ** attempt.looks, settings.poll_max_ms)
  const left = attempt.deadlineAt ? attempt.deadlineAt.getTime() - draft.now.getTime() : pause
  wake(draft, attempt, 'poll', Math.max(0, Math.min(pause * (0.8 + Math.random() * 0.4), left)))
}

/** Whether the call was placed is unclear: it is never asked for again, but looked for in the operator's records. */
export function lookFor(draft: Draft, attempt: Attempt, settings: CommonSettings, detail: string): void {
  attempt.unclearAt = draft.now
  attempt.statusDetail = detail
  attempt.looks = 0
  record(draft, 'attempt.unclear', {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    detail,
  })
  nextSearch(draft, attempt, settings)
}

/** Queues the next search; false after the last. */
export function nextSearch(draft: Draft, attempt: Attempt, settings: CommonSettings): boolean {
  if (attempt.looks >= settings.adopt_after_seconds.length) return false
  const delayMs = nextSearchAt(attempt, settings).getTime() - draft.now.getTime()
  wake(draft, attempt, 'adopt', Math.max(0, delayMs))
  return true
}

/** Before this the next search proves nothing by what it does not find. Any time will do once the settings name no more. */
export function nextSearchAt({ unclearAt, looks }: Attempt, settings: CommonSettings): Date {
  const seconds = settings.adopt_after_seconds[looks] ?? 0
  return later(unclearAt ?? new Date(0), seconds * 1000)
}

function wake(draft: Draft, attempt: Attempt, name: 'poll' | 'adopt', delayMs: number): void {
  attempt.dueAt = later(draft.now, delayMs + WAKE_UP_MS)
  draft.jobs.push({
    name,
    payload: { verification: draft.verification.id, attempt: attempt.id },
    delayMs: Math.round(delayMs),
  })
}

const later = (time: Date, ms: number) => new Date(time.getTime() + ms)

/** Accounts free up within the second. */
const AGAIN_MS = 500

/** No account is free: somebody asks again in a moment. */
export function queueAgain(draft: Draft, attempt: Attempt): void {
  const delayMs = Math.round(AGAIN_MS * (0.6 + Math.random() * 0.8))
  attempt.dueAt = new Date(draft.now.getTime() + delayMs + WAKE_UP_MS)
  draft.jobs.push({
    name: 'place',
    payload: { verification: draft.verification.id, attempt: attempt.id },
    delayMs,
  })
}
