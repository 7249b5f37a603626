import { CHANNEL_FACTS } from '../channels/channels.ts'
import { type Draft, record, setDue } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { CommonSettings, Provider } from '../providers/provider.ts'
import { publicId } from '../values/ids.ts'
import { isActive } from '../values/statuses.ts'
import { WAKE_UP_MS } from '../verifications/queue-attempt.ts'

/**
 * How long to follow a placed call whose account has lost the channel in the meantime, in seconds.
 */
const LOST_CHANNEL_SECONDS = 60

/** Starts following a newly placed call until it is final or its time is over. */
export function follow(draft: Draft, attempt: Attempt, provider: Provider, settings: CommonSettings): void {
  const can = provider.capabilities(settings).channels[attempt.channel]
  attempt.deadlineAt = later(draft.now, (can?.callOpenSeconds ?? LOST_CHANNEL_SECONDS) * 1000)
  attempt.looks = 0
  nextPoll(draft, attempt, settings)
}

/** The longest pause between polls while a person may call. */
const AWAITED_POLL_MS = 1500

/**
 * Queues the next poll. Pauses grow by half each time, with 20 % jitter so that calls do not poll in step.
 */
export function nextPoll(draft: Draft, attempt: Attempt, settings: CommonSettings): void {
  // Somebody waits for the answer to a call of theirs.
  const isAwaited = !CHANNEL_FACTS[attempt.channel].reachesOut && isActive(draft.verification.status)
  const longest = isAwaited ? Math.min(AWAITED_POLL_MS, settings.poll_max_ms) : settings.poll_max_ms
  const pause = Math.min(settings.poll_first_ms * 1.5 ** attempt.looks, longest)
  const left = attempt.deadlineAt ? attempt.deadlineAt.getTime() - draft.now.getTime() : pause
  wake(draft, attempt, 'poll', Math.max(0, Math.min(pause * (0.8 + Math.random() * 0.4), left)))
}

/**
 * Marks a call as unclear: it may have been placed, so it is never requested again but searched for in the
 * records.
 */
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

/** Queues the next search; returns false after the last. */
export function nextSearch(draft: Draft, attempt: Attempt, settings: CommonSettings): boolean {
  if (attempt.looks >= settings.adopt_after_seconds.length) return false
  const delayMs = nextSearchAt(attempt, settings).getTime() - draft.now.getTime()
  wake(draft, attempt, 'adopt', Math.max(0, delayMs))
  return true
}

/**
 * The earliest time at which the next search proves a call's absence; any time once all searches of the
 * settings are done.
 */
export function nextSearchAt({ unclearAt, looks }: Attempt, settings: CommonSettings): Date {
  const seconds = settings.adopt_after_seconds[looks] ?? 0
  return later(unclearAt ?? new Date(0), seconds * 1000)
}

function wake(draft: Draft, attempt: Attempt, name: 'place' | 'poll' | 'adopt', delayMs: number): void {
  setDue(draft, attempt.id, { at: later(draft.now, delayMs + WAKE_UP_MS) })
  draft.jobs.push({
    name,
    payload: { verification: draft.verification.id, attempt: attempt.id },
    delayMs: Math.round(delayMs),
  })
}

const later = (time: Date, ms: number) => new Date(time.getTime() + ms)

/** An account is usually free within a second. */
const AGAIN_MS = 500

/** Queues the attempt again because no account is free. */
export function queueAgain(draft: Draft, attempt: Attempt): void {
  wake(draft, attempt, 'place', AGAIN_MS * (0.6 + Math.random() * 0.8))
}
