import { moneyFacts } from '../billing/charge.ts'
import { type Draft, record } from '../draft/draft.ts'
import { type Breach, noRoute } from '../limits/breach.ts'
import { judgeAndCount } from '../limits/judge.ts'
import { LIVE_PER_PHONE_MAX } from '../limits/phone-rules.ts'
import { explain } from '../limits/refusal.ts'
import { isSame } from '../limits/requester.ts'
import type { Start } from './new-verification.ts'
import { queueAttempt } from './queue-attempt.ts'
import { cancel, expire, isOverdue } from './state.ts'

/** A new verification with the slices that judging it needs. */
export type StartDraft = Draft<'guesses' | 'starts' | 'call'>

/**
 * The live verifications of a phone when a start arrives: those that admitting it ends, and those that stay
 * live.
 */
type Beside = { ending: Draft[]; staying: Draft[] }

/**
 * Admits a start and queues its first call, or denies it. `live`: the unfinished verifications of the phone.
 * `isServed`: whether an account serves the phone. Returns the rule that denied the start, and what is live
 * for the phone afterwards.
 */
export function admit(
  draft: StartDraft,
  start: Start,
  live: readonly Draft[],
  isServed: boolean,
): { denied: Breach | null; live: readonly Draft[] } {
  const beside = divide(draft, start, live)
  const denied = isServed ? judge(draft, start, beside) : deny(draft, start, noRoute(start.phone))
  if (denied) return { denied, live }
  for (const each of beside.ending) supersede({ ...each, author: start.author })
  queueAttempt(draft, 0)
  return { denied, live: [...beside.staying, draft] }
}

/**
 * Overdue verifications end, and the live one of the same requester. If strangers hold all places, a known
 * requester replaces the oldest.
 */
function divide({ guesses }: StartDraft, { requester }: Start, live: readonly Draft[]): Beside {
  const current = live.filter((draft) => !isOverdue(draft))
  const own = current.find(({ verification }) => isSame(requester, verification.requester))
  const isFull = current.length >= LIVE_PER_PHONE_MAX
  const replaced = own ?? (isFull && guesses.familiar.requester ? current[0] : undefined)
  const staying = current.filter((draft) => draft !== replaced)
  return { ending: live.filter((draft) => !staying.includes(draft)), staying }
}

const firstEnd = (live: readonly Draft[], now: Date) =>
  Math.ceil((Math.min(...live.map((each) => each.verification.expiresAt.getTime())) - now.getTime()) / 1000)

function supersede(previous: Draft): void {
  if (isOverdue(previous)) expire(previous)
  else cancel(previous, 'superseded')
}

/** Judges a start by the policy. A denied start leaves only a `denied` verification. */
function judge(draft: StartDraft, start: Start, { ending, staying }: Beside): Breach | null {
  const beside = { count: staying.length, freeInSeconds: firstEnd(staying, draft.now) }
  const { denied, observed } = judgeAndCount(draft, start, moneyFacts(draft, ending), beside)
  if (denied) return deny(draft, start, denied, observed)
  record(draft, 'verification.created', factsOf(draft, start, observed))
  return null
}

function deny(draft: StartDraft, start: Start, breach: Breach, observed: readonly Breach[] = []): Breach {
  draft.verification.status = 'denied'
  draft.verification.completedAt = draft.now
  record(draft, 'verification.denied', { ...factsOf(draft, start, observed), ...explain(breach) })
  return breach
}

function factsOf(
  { guesses: { counter, familiar } }: StartDraft,
  start: Start,
  observed: readonly Breach[],
): Record<string, unknown> {
  return {
    phone: counter.phoneKey.toString('hex'),
    channel: start.channel,
    ttl_seconds: start.ttlSeconds,
    max_checks: start.maxChecks,
    ...(start.requester ? { requester: familiar.requester ? 'known' : 'unknown' } : {}),
    ...(observed.length > 0 ? { observed: observed.map(explain) } : {}),
  }
}
