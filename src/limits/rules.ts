import { type MoneyFacts, moneyBreaches } from '../billing/limits.ts'
import type { Phone } from '../phone.ts'
import { guardKey } from './policies.ts'
import type { LimitRule, Policy, PolicyInForce, Rule } from './schemas.ts'

/** What a start is judged by. Lists hold instants of the last day, oldest first. */
export type StartFacts = {
  now: Date
  livemode: boolean
  phone: Pick<Phone, 'e164' | 'type' | 'range'>
  phoneStarts: readonly Date[]
  /** Starts of the last hour from the end user's address; null where none was given. */
  ipStarts: number | null
  rangeStarts: number
  /** Seconds until the oldest minute of those counts leaves the hour. */
  ipFreeSeconds: number
  rangeFreeSeconds: number
  /** What the call costs and what there is to pay it; absent: nothing. */
  money?: MoneyFacts | null
}

/** A rule that a start breaks. `counter` and `threshold` go to the audit. */
export type Breach = {
  /** The policy's field, or what no policy can switch off. */
  rule: Rule | 'balance' | 'no_route'
  code: 'destination_denied' | 'rate_limited' | 'phone_cooldown' | 'insufficient_balance'
  detail: string
  counter: number | string
  threshold: number | string
  windowSeconds: number | null
  retryAfterSeconds: number | null
}

/** A live start that no account can serve: accepted, it could only fail. */
export function noRoute({ range }: Pick<Phone, 'range'>): Breach {
  return {
    rule: 'no_route',
    code: 'destination_denied',
    detail: 'No route serves this phone.',
    counter: range,
    threshold: 'none serves it',
    windowSeconds: null,
    retryAfterSeconds: null,
  }
}

export type Judgement = { denied: Breach | null; observed: Breach[] }

/** Enforced for test keys only once the tenant has set them: who tries things out is not sent away. */
const LIVE_UNLESS_SET: ReadonlySet<Breach['rule']> = new Set([
  'starts_per_phone_10m',
  'starts_per_phone_hour',
  'starts_per_phone_day',
  'phone_pause_seconds',
])

const HOUR = 3600
const DAY = 86_400

/** Judges one start by the policy: the first rule that is enforced and broken denies it. */
export function judgeStart(inForce: PolicyInForce, facts: StartFacts): Judgement {
  const { policy, set } = inForce
  const breaches = [
    ...destination(inForce, facts),
    ...phoneLimits(policy, facts),
    ...pause(policy, facts),
    ...shared(policy, facts),
    ...moneyBreaches(policy, facts.money ?? null, facts.now),
  ].filter(({ rule }) => facts.livemode || !LIVE_UNLESS_SET.has(rule) || set.has(rule))
  const observes = ({ rule }: Breach) => policy.observe.some((name) => name === rule)
  return {
    denied: breaches.find((breach) => !observes(breach)) ?? null,
    observed: breaches.filter(observes),
  }
}

function destination({ policy, guarded }: PolicyInForce, { now, livemode, phone }: StartFacts): Breach[] {
  const breaches: Breach[] = []
  const deny = (rule: Rule, detail: string, counter: string, threshold: string, until?: Date) =>
    breaches.push({
      rule,
      code: 'destination_denied',
      detail,
      counter,
      threshold,
      windowSeconds: null,
      retryAfterSeconds: until ? secondsUntil(now, until) : null,
    })
  const denied = longestMatch(policy.deny_prefixes, phone.e164)
  const allowed = longestMatch(policy.allow_prefixes, phone.e164)
  if (denied && denied.length >= (allowed?.length ?? 0)) {
    deny('deny_prefixes', 'The policy denies this prefix.', denied, denied)
  } else if (policy.allow_prefixes && !allowed) {
    deny('allow_prefixes', 'The policy allows other prefixes only.', phone.range, 'none matches')
  }
  const type = phone.type as NonNullable<Policy['deny_number_types']>[number] | null
  if (type && policy.deny_number_types?.includes(type)) {
    deny('deny_number_types', `The policy denies numbers of this kind (${type}).`, type, type)
  }
  const until = guarded.get(guardKey(livemode, phone.range))
  if (policy.conversion_guard && until && until > now) {
    const { min_approved_percent } = policy.conversion_guard
    deny(
      'conversion_guard',
      'Too few verifications of this number range were approved lately.',
      phone.range,
      `${min_approved_percent} %`,
      until,
    )
  }
  return breaches
}

function longestMatch(prefixes: readonly string[] | null, phone: string): string | null {
  const matching = prefixes?.filter((prefix) => phone.startsWith(prefix)) ?? []
  return matching.reduce<string | null>(
    (best, prefix) => (prefix.length > (best?.length ?? 0) ? prefix : best),
    null,
  )
}

function phoneLimits(policy: Policy, { now, phoneStarts }: StartFacts): Breach[] {
  const windows: [LimitRule, number][] = [
    ['starts_per_phone_day', DAY],
    ['starts_per_phone_hour', HOUR],
    ['starts_per_phone_10m', 600],
  ]
  return windows.flatMap(([rule, windowSeconds]) => {
    const threshold = policy[rule]
    if (threshold === null) return []
    const recent = within(phoneStarts, now, windowSeconds)
    if (recent.length < threshold) return []
    // Room is made by the start that has to leave the window before one fewer than the limit remain.
    const leaving = recent[recent.length - threshold]
    return [
      limited(
        rule,
        recent.length,
        threshold,
        windowSeconds,
        leaving ? leaves(leaving, windowSeconds, now) : windowSeconds,
      ),
    ]
  })
}

function pause({ phone_pause_seconds: base }: Policy, { now, phoneStarts }: StartFacts): Breach[] {
  const last = phoneStarts.at(-1)
  if (base === null || base === 0 || !last) return []
  const ofTheHour = within(phoneStarts, now, HOUR).length
  if (ofTheHour === 0) return []
  const seconds = base * 2 ** Math.min(ofTheHour - 1, 20)
  const passed = (now.getTime() - last.getTime()) / 1000
  if (passed >= seconds) return []
  return [
    {
      rule: 'phone_pause_seconds',
      code: 'phone_cooldown',
      detail: 'This phone was called a moment ago.',
      counter: Math.floor(passed),
      threshold: seconds,
      windowSeconds: seconds,
      retryAfterSeconds: Math.max(1, Math.ceil(seconds - passed)),
    },
  ]
}

function shared(policy: Policy, facts: StartFacts): Breach[] {
  const breaches: Breach[] = []
  const { starts_per_ip_hour: perIp, starts_per_prefix_hour: perRange } = policy
  if (perIp !== null && facts.ipStarts !== null && facts.ipStarts >= perIp) {
    breaches.push(limited('starts_per_ip_hour', facts.ipStarts, perIp, HOUR, facts.ipFreeSeconds))
  }
  if (perRange !== null && facts.rangeStarts >= perRange) {
    breaches.push(
      limited('starts_per_prefix_hour', facts.rangeStarts, perRange, HOUR, facts.rangeFreeSeconds),
    )
  }
  return breaches
}

function limited(
  rule: LimitRule,
  counter: number,
  threshold: number,
  windowSeconds: number,
  retryAfterSeconds: number,
): Breach {
  return {
    rule,
    code: 'rate_limited',
    detail: `The limit ${rule} is reached.`,
    counter,
    threshold,
    windowSeconds,
    retryAfterSeconds: Math.max(1, retryAfterSeconds),
  }
}

/** Those of the last `seconds`. */
export function within(instants: readonly Date[], now: Date, seconds: number): Date[] {
  const since = now.getTime() - seconds * 1000
  return instants.filter((at) => at.getTime() > since)
}

const leaves = (at: Date, windowSeconds: number, now: Date) =>
  Math.ceil((at.getTime() + windowSeconds * 1000 - now.getTime()) / 1000)

const secondsUntil = (now: Date, until: Date) =>
  Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
