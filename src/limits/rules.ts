import type { Channel } from '../channels/channels.ts'
import type { Breach } from './breach.ts'
import { limited } from './breach.ts'
import type { StartFacts } from './facts.ts'
import { moneyBreaches } from './money-rules.ts'
import { phoneBreaches } from './phone-rules.ts'
import { guardKey } from './policies.ts'
import type { Policy, PolicyInForce, Rule } from './schemas.ts'

export type Judgement = { denied: Breach | null; observed: Breach[] }

/**
 * For test keys, these rules apply only if the tenant has set them, so that defaults do not block a tryout.
 */
const LIVE_UNLESS_SET: ReadonlySet<Breach['rule']> = new Set([
  'starts_per_phone_10m',
  'starts_per_phone_hour',
  'starts_per_phone_day',
  'phone_pause_seconds',
  'starts_kept_for_known',
])

/** Starts admitted to a closed range per clock minute, as probes: their ends decide when it opens. */
export const PROBES_PER_MINUTE = 3

const HOUR = 3600

/** Judges a start by the policy: the first broken rule that is not only observed denies it. */
export function judgeStart(inForce: PolicyInForce, facts: StartFacts): Judgement {
  const { policy, set } = inForce
  const applies = (rule: Breach['rule']) => facts.livemode || !LIVE_UNLESS_SET.has(rule) || set.has(rule)
  const breaches = [
    ...blocked(facts),
    ...channelBreaches(policy, facts.channel),
    ...destination(inForce, facts),
    ...phoneBreaches(policy, facts, applies),
    ...shared(policy, facts),
    ...moneyBreaches(policy, facts.money ?? null, facts.now),
  ]
  return judgementOf(policy, breaches)
}

/** Judges a call that does not count as a start: its channel and the money to pay it. */
export function judgeUncounted(
  policy: Policy,
  { channel, money, now }: Pick<StartFacts, 'channel' | 'money' | 'now'>,
): Judgement {
  const breaches = [...channelBreaches(policy, channel), ...moneyBreaches(policy, money ?? null, now)]
  return judgementOf(policy, breaches)
}

function judgementOf(policy: Policy, breaches: readonly Breach[]): Judgement {
  const observes = ({ rule }: Breach) => policy.observe.some((name) => name === rule)
  return {
    denied: breaches.find((breach) => !observes(breach)) ?? null,
    observed: breaches.filter(observes),
  }
}

/** Whether a call over a channel may be placed at all; also true if the rule is only observed. */
export const mayUse = (policy: Policy, channel: Channel): boolean =>
  judgementOf(policy, channelBreaches(policy, channel)).denied === null

function blocked({ standing }: StartFacts): Breach[] {
  if (standing !== 'blocked') return []
  return [
    {
      rule: 'blocked_phone',
      code: 'destination_denied',
      counter: 'blocked',
      threshold: 'not blocked',
      windowSeconds: null,
      retryAfterSeconds: null,
    },
  ]
}

function channelBreaches({ allow_channels: allowed }: Policy, channel: Channel): Breach[] {
  if (!allowed || allowed.includes(channel)) return []
  return [
    {
      rule: 'allow_channels',
      code: 'destination_denied',
      counter: channel,
      threshold: allowed.join(', ') || 'none',
      windowSeconds: null,
      retryAfterSeconds: null,
    },
  ]
}

function destination({ policy, guarded }: PolicyInForce, facts: StartFacts): Breach[] {
  const { now, livemode, phone } = facts
  const breaches: Breach[] = []
  const deny = (rule: Rule, counter: string, threshold: string, until?: Date) =>
    breaches.push({
      rule,
      code: 'destination_denied',
      counter,
      threshold,
      windowSeconds: null,
      retryAfterSeconds: until ? secondsUntil(now, until) : null,
    })
  const denied = longestMatch(policy.deny_prefixes, phone.e164)
  const allowed = longestMatch(policy.allow_prefixes, phone.e164)
  if (denied && denied.length >= (allowed?.length ?? 0)) {
    deny('deny_prefixes', denied, denied)
  } else if (policy.allow_prefixes && !allowed) {
    deny('allow_prefixes', phone.range, 'none matches')
  }
  const type = phone.type as NonNullable<Policy['deny_number_types']>[number] | null
  if (type && policy.deny_number_types?.includes(type)) {
    deny('deny_number_types', type, type)
  }
  const until = guarded.get(guardKey(livemode, phone.range))
  if (policy.conversion_guard && until && until > now && !isAdmitted(facts)) {
    const { min_approved_percent } = policy.conversion_guard
    deny('conversion_guard', phone.range, `${min_approved_percent} %`, until)
  }
  return breaches
}

/** A closed range still admits trusted phones, known requesters, approved phones and a few probes. */
const isAdmitted = ({ standing, familiar, range }: StartFacts) =>
  standing === 'trusted' || familiar.requester || familiar.phone || range.startsThisMinute < PROBES_PER_MINUTE

function longestMatch(prefixes: readonly string[] | null, phone: string): string | null {
  const matching = prefixes?.filter((prefix) => phone.startsWith(prefix)) ?? []
  return matching.reduce<string | null>(
    (best, prefix) => (prefix.length > (best?.length ?? 0) ? prefix : best),
    null,
  )
}

function shared(policy: Policy, facts: StartFacts): Breach[] {
  const { starts_per_ip_hour: perIp, starts_per_prefix_hour: perRange } = policy
  const breaches: Breach[] = []
  for (const { starts, freeInSeconds, factor } of perIp === null ? [] : facts.networks) {
    const bound = (perIp as number) * factor
    if (starts >= bound) breaches.push(limited('starts_per_ip_hour', starts, bound, HOUR, freeInSeconds))
  }
  const { starts, freeInSeconds } = facts.range
  if (perRange !== null && starts >= perRange && facts.standing !== 'trusted') {
    breaches.push(limited('starts_per_prefix_hour', starts, perRange, HOUR, freeInSeconds))
  }
  return breaches
}

const secondsUntil = (now: Date, until: Date) =>
  Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
