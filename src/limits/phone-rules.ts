import { type Breach, limited } from './breach.ts'
import type { StartFacts } from './facts.ts'
import type { LimitRule, Policy } from './schemas.ts'
import { secondsUntilFreed, within } from './windows.ts'

/** Live verifications a phone can have at once, each of a different requester. */
export const LIVE_PER_PHONE_MAX = 3

const HOUR = 3600

const WINDOWS = [
  { rule: 'starts_per_phone_day', kept: 'day', seconds: 86_400 },
  { rule: 'starts_per_phone_hour', kept: 'hour', seconds: HOUR },
  { rule: 'starts_per_phone_10m', kept: '10m', seconds: 600 },
] as const

/**
 * The part of a limit open to requesters not known for the phone: all but the share kept for known ones, and
 * at least one, so that anyone can become known.
 */
export const shareOfStrangers = (bound: number, kept: number | null | undefined) =>
  Math.max(Math.min(bound, 1), bound - (kept ?? 0))

/** The limits per phone that a start breaks. `applies`: whether a rule applies to this key. */
export function phoneBreaches(
  policy: Policy,
  facts: StartFacts,
  applies: (rule: Breach['rule']) => boolean,
): Breach[] {
  const { live } = facts
  return [
    ...startsPerPhone(policy, facts, applies),
    ...(applies('phone_pause_seconds') ? pause(policy, facts) : []),
    ...(live.count >= LIVE_PER_PHONE_MAX
      ? [limited('live_per_phone', live.count, LIVE_PER_PHONE_MAX, live.freeInSeconds, live.freeInSeconds)]
      : []),
  ]
}

function startsPerPhone(
  policy: Policy,
  { now, phoneStarts, requesterStarts, familiar }: StartFacts,
  applies: (rule: Breach['rule']) => boolean,
): Breach[] {
  const isStranger = requesterStarts !== null && !familiar.requester
  const breaches: Breach[] = []
  for (const { rule, kept, seconds } of WINDOWS) {
    const bound = policy[rule]
    if (bound === null) continue
    const recent = within(phoneStarts, now, seconds)
    const judge = (broken: LimitRule, threshold: number) => {
      if (recent.length < threshold) return
      const sizes = recent.map((at) => ({ at, size: 1 }))
      const retryAfter = secondsUntilFreed(sizes, recent.length + 1 - threshold, seconds, now)
      breaches.push(limited(broken, recent.length, threshold, seconds, retryAfter))
    }
    if (applies(rule)) judge(rule, bound)
    // An observed limit reserves no share either.
    const appliesShare = isStranger && !policy.observe.includes(rule)
    if (appliesShare && applies('starts_kept_for_known')) {
      judge('starts_kept_for_known', shareOfStrangers(bound, policy.starts_kept_for_known?.[kept]))
    }
  }
  return breaches
}

/** A known requester waits only for its own starts. */
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
