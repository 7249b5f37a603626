import { type Breach, limited } from './breach.ts'
import type { StartFacts } from './facts.ts'
import type { LimitRule, Policy } from './schemas.ts'
import { secondsUntilRoom, within } from './windows.ts'

/** Live verifications that a phone can have at a time, each of another requester. */
export const LIVE_PER_PHONE_MAX = 3

const HOUR = 3600

const WINDOWS = [
  { rule: 'starts_per_phone_day', kept: 'day', seconds: 86_400 },
  { rule: 'starts_per_phone_hour', kept: 'hour', seconds: HOUR },
  { rule: 'starts_per_phone_10m', kept: '10m', seconds: 600 },
] as const

/**
 * What requesters who are not known for the phone may use of a bound: all but the share that is kept for known ones, and one at
 * least, so that anybody can become known.
 */
export const shareOfStrangers = (bound: number, kept: number | null | undefined) =>
  Math.max(Math.min(bound, 1), bound - (kept ?? 0))

/** What a phone's own limits say to a start. `isHeld`: whether a rule is enforced for this key. */
export function phoneBreaches(
  policy: Policy,
  facts: StartFacts,
  isHeld: (rule: Breach['rule']) => boolean,
): Breach[] {
  const { live } = facts
  return [
    ...startsPerPhone(policy, facts, isHeld),
    ...(isHeld('phone_pause_seconds') ? pause(policy, facts) : []),
    ...(live.count >= LIVE_PER_PHONE_MAX
      ? [limited('live_per_phone', live.count, LIVE_PER_PHONE_MAX, live.freeInSeconds, live.freeInSeconds)]
      : []),
  ]
}

function startsPerPhone(
  policy: Policy,
  { now, phoneStarts, requesterStarts, familiar }: StartFacts,
  isHeld: (rule: Breach['rule']) => boolean,
): Breach[] {
  const isStranger = requesterStarts !== null && !familiar.requester
  const breaches: Breach[] = []
  for (const { rule, kept, seconds } of WINDOWS) {
    const bound = policy[rule]
    if (bound === null) continue
    const recent = within(phoneStarts, now, seconds)
    const judge = (broken: LimitRule, threshold: number) => {
      if (recent.length < threshold) return
      const retryAfter = secondsUntilRoom(recent, threshold, 1, seconds, now)
      breaches.push(limited(broken, recent.length, threshold, seconds, retryAfter))
    }
    if (isHeld(rule)) judge(rule, bound)
    // Of a bound that is only observed nothing is kept either.
    const isKept = isStranger && !policy.observe.includes(rule)
    if (isKept && isHeld('starts_kept_for_known')) {
      judge('starts_kept_for_known', shareOfStrangers(bound, policy.starts_kept_for_known?.[kept]))
    }
  }
  return breaches
}

/** A known requester waits for its own starts only. */
function pause({ phone_pause_seconds: base }: Policy, facts: StartFacts): Breach[] {
  const { now, phoneStarts, requesterStarts, familiar } = facts
  const starts = familiar.requester && requesterStarts ? requesterStarts : phoneStarts
  const last = starts.at(-1)
  if (base === null || base === 0 || !last) return []
  const ofTheHour = within(starts, now, HOUR).length
  if (ofTheHour === 0) return []
  const seconds = base * 2 ** Math.min(ofTheHour - 1, 20)
  const passed = (now.getTime() - last.getTime()) / 1000
  if (passed >= seconds) return []
  return [
    {
      rule: 'phone_pause_seconds',
      code: 'phone_cooldown',
      counter: Math.floor(passed),
      threshold: seconds,
      windowSeconds: seconds,
      retryAfterSeconds: Math.max(1, Math.ceil(seconds - passed)),
    },
  ]
}
