import type { MoneyFacts } from '../billing/limits.ts'
import { parsePhone } from '../phone.ts'
import type { Secrets } from '../secrets.ts'
import type { PhoneCounter, Verification } from '../verifications/draft.ts'
import { type Judgement, judgeStart, type StartFacts, within } from './rules.ts'
import type { PolicyInForce } from './schemas.ts'
import {
  addStart,
  type CounterKey,
  countOf,
  freeInSeconds,
  ipKeys,
  rangeKey,
  type StartCounters,
} from './start-counters.ts'

/** Who wants to start or retry what. */
export type StartClaim = {
  tenantId: string
  livemode: boolean
  phone: StartFacts['phone']
  clientIp: string | null
}

const DAY_SECONDS = 86_400
/** More than any limit that is meant to hold back; keeps the row small where there is none. */
const STARTS_KEPT = 1000

/** The claim of a verification that already exists. */
export function claimOf(row: Pick<Verification, 'tenantId' | 'livemode' | 'phone' | 'clientIp'>): StartClaim {
  const { tenantId, livemode, clientIp } = row
  const phone = parsePhone(row.phone, null) ?? { e164: row.phone, type: null, range: row.phone.slice(0, 8) }
  return { tenantId, livemode, phone, clientIp }
}

/** The shared counters that a start is judged by. */
export function counterKeys(claim: StartClaim, secrets: Secrets) {
  const { tenantId, livemode, clientIp } = claim
  const range: CounterKey = { tenantId, livemode, key: rangeKey(claim.phone.range) }
  const ip: CounterKey | null = clientIp
    ? { tenantId, livemode, ...ipKeys(secrets, tenantId, clientIp) }
    : null
  return { range, ip, all: ip ? [range, ip] : [range] }
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
): Judgement {
  const keys = counterKeys(claim, secrets)
  const range = counters.of(keys.range, now)
  const ip = keys.ip && counters.of(keys.ip, now)
  const own = within(phoneCounter.starts, now, DAY_SECONDS)
  const phoneStarts = [...within(phoneCounter.earlier.starts, now, DAY_SECONDS), ...own].sort(
    (a, b) => a.getTime() - b.getTime(),
  )
  const judgement = judgeStart(inForce, {
    now,
    livemode: claim.livemode,
    phone: claim.phone,
    phoneStarts,
    ipStarts: ip && countOf(ip),
    rangeStarts: countOf(range),
    ipFreeSeconds: ip ? freeInSeconds(ip, now) : 0,
    rangeFreeSeconds: freeInSeconds(range, now),
    money,
  })
  if (judgement.denied) return judgement
  phoneCounter.starts = [...own, now].slice(-STARTS_KEPT)
  phoneCounter.updatedAt = now
  addStart(range, now)
  if (ip) addStart(ip, now)
  return judgement
}
