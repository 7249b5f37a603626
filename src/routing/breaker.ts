import type { accountStates } from '../db/schema/account-health.ts'

export type AccountState = typeof accountStates.$inferSelect

/**
 * What a process saw of an account since its last report. A fault is the operator's: no answer or an
 * unreliable one.
 */
export type Seen = { calls: number; faults: number; lastFaults: number }

const CONSECUTIVE_FAULTS = 5
const FAULT_RATIO = 0.5
/** The ratio counts only after this many calls. */
const RATIO_CALLS = 20
/** The weight of the newest call in the ratio. */
const WEIGHT = 0.05
const REST_SECONDS = 5
const REST_SECONDS_MAX = 60
/** After this, an unfinished probe counts as lost and another may start. */
export const PROBE_SECONDS = 30

export type BreakerChange = 'opened' | 'closed' | null

/**
 * Adds observed calls to an account's state and opens or closes its breaker. The breaker opens after
 * consecutive faults or a high fault ratio, rests (twice as long each time), admits one probe, and closes if
 * the probe succeeds.
 */
export function noteSeen(state: AccountState, seen: Seen, now: Date): BreakerChange {
  if (seen.calls === 0) return null
  const kept = (1 - WEIGHT) ** seen.calls
  state.faultRatio = state.faultRatio * kept + (seen.faults / seen.calls) * (1 - kept)
  state.calls += seen.calls
  const succeeded = seen.faults < seen.calls
  state.consecutiveFaults = succeeded ? seen.lastFaults : state.consecutiveFaults + seen.faults

  if (state.breaker === 'half_open') {
    if (state.consecutiveFaults > 0) return open(state, now)
    state.breaker = 'closed'
    state.openings = 0
    state.openUntil = null
    state.probingUntil = null
    state.faultRatio = 0
    state.calls = seen.calls
    return 'closed'
  }
  const failing =
    state.consecutiveFaults >= CONSECUTIVE_FAULTS ||
    (state.calls >= RATIO_CALLS && state.faultRatio >= FAULT_RATIO)
  return state.breaker === 'closed' && failing ? open(state, now) : null
}

function open(state: AccountState, now: Date): 'opened' {
  const seconds = Math.min(REST_SECONDS * 2 ** state.openings, REST_SECONDS_MAX)
  state.breaker = 'open'
  state.openings += 1
  state.openUntil = new Date(now.getTime() + seconds * 1000)
  state.probingUntil = null
  return 'opened'
}

/** Whether the account has rested long enough for one probe. */
export function isProbeDue(state: AccountState, now: Date): boolean {
  if (state.breaker === 'open') return (state.openUntil ?? now) <= now
  return state.breaker === 'half_open' && (state.probingUntil ?? now) <= now
}

/**
 * Whether the account cannot pay for a call: after the price of a call, its balance would be below its limit.
 */
export function isBalanceLow(state: AccountState): boolean {
  const { balanceMicros, balanceLimitMicros, callPriceMicros } = state
  return balanceMicros !== null && balanceMicros - (callPriceMicros ?? 0n) < (balanceLimitMicros ?? 0n)
}
