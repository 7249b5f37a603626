import type { MoneyFacts } from '../billing/limits.ts'
import type { PhoneCounter, Verification } from '../draft/draft.ts'
import type { Secrets } from '../secrets.ts'
import { parsePhone } from '../values/phone.ts'
import type { Familiar } from './known.ts'
import { addPhoneStart, recentStarts, startsOf } from './phone-counters.ts'
import type { Requester } from './requester.ts'
import { type HourCount, type Judgement, judgeStart, type StartFacts } from './rules.ts'
import type { PolicyInForce } from './schemas.ts'
import {
  addStart,
  type CounterKey,
  countOf,
  countOfMinute,
  freeInSeconds,
  ipKeys,
  rangeKey,
  type StartCounter,
  type StartCounters,
} from './start-counters.ts'

/** Who wants to start or retry what. */
export type StartClaim = {
  tenantId: string
  livemode: boolean
  phone: StartFacts['phone']
  clientIp: string | null
  requester: Requester | null
}

/** What the transaction found out about a start: what is known of who asks, and what is live for the phone beside it. */
export type Situation = { familiar: Familiar; live: StartFacts['live'] }

/** The claim of a verification that already exists. */
export function claimOf(
  row: Pick<Verification, 'tenantId' | 'livemode' | 'phone' | 'clientIp' | 'requester'>,
): StartClaim {
  const { tenantId, livemode, clientIp } = row
  const phone = parsePhone(row.phone, null) ?? { e164: row.phone, type: null, range: row.phone.slice(0, 8) }
  return { tenantId, livemode, phone, clientIp, requester: row.requester && [row.requester] }
}

/** The shared counters that a start is judged by. */
export function counterKeys(claim: StartClaim, secrets: Secrets) {
  const { tenantId, livemode, clientIp } = claim
  const range: CounterKey = { tenantId, livemode, key: rangeKey(claim.phone.range) }
  const networks: (CounterKey & { factor: number })[] = clientIp
    ? ipKeys(secrets, tenantId, clientIp).map((network) => ({ tenantId, livemode, ...network }))
    : []
  return { range, networks, all: [range, ...networks] }
}

/**
 * Judges a start by the tenant's policy and the locked counters, and counts it unless it is denied: a denied start
 * lengthens no pause.
 */
export function judgeAndCount(
  claim: StartClaim,
  now: Date,
  inForce: PolicyInForce,
  phoneCounter: PhoneCounter,
  counters: StartCounters,
  secrets: Secrets,
  money: MoneyFacts | null,
  situation: Situation,
): Judgement {
  const keys = counterKeys(claim, secrets)
  const range = counters.of(keys.range, now)
  const networks = keys.networks.map((key) => ({ counter: counters.of(key, now), factor: key.factor }))
  const { requester } = claim
  const judgement = judgeStart(inForce, {
    now,
    livemode: claim.livemode,
    phone: claim.phone,
    phoneStarts: recentStarts(phoneCounter, now),
    requesterStarts: requester && startsOf(phoneCounter, requester, now),
    ...situation,
    networks: networks.map(({ counter, factor }) => ({ ...hourOf(counter, now), factor })),
    range: { ...hourOf(range, now), startsThisMinute: countOfMinute(range, now) },
    money,
  })
  if (judgement.denied) return judgement
  addPhoneStart(phoneCounter, requester, now)
  addStart(range, now)
  for (const { counter } of networks) addStart(counter, now)
  return judgement
}

const hourOf = (counter: StartCounter, now: Date): HourCount => ({
  starts: countOf(counter),
  freeInSeconds: freeInSeconds(counter, now),
})
