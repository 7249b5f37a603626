import type { Channel } from '../channels/channels.ts'
import { type RangeEnds, weighedBy } from '../limits/weight.ts'
import { rangeOf } from '../values/phone.ts'
import type { Seen } from './breaker.ts'
import { networkPrefix, type Tally } from './ratios.ts'

declare module '../draft/draft.ts' {
  interface BareDraft {
    /** What the decision learned about accounts; reported once the transaction commits. */
    observations: Observation[]
  }
}

declare module '../context.ts' {
  interface App {
    observations: Observations
  }
}

/** One observation of an account or a verification. */
export type Observation =
  /** The operator was asked for a call. `fault`: no answer or an unreliable one. */
  | { kind: 'asked'; accountId: string; fault: boolean }
  /** The operator reported whether the phone was reached; assumed outcomes do not count. */
  | { kind: 'delivery'; accountId: string; channel: Channel; phone: string; well: boolean }
  /** The operator told the calling number of a flash call from a pool, ours or another. */
  | { kind: 'caller_told'; accountId: string; isReplaced: boolean }
  /** The verification of an attempt that reached the phone ended, approved or not. */
  | { kind: 'approval'; accountId: string; channel: Channel; phone: string; well: boolean }
  /** A verification ended, approved or not. */
  | Ended

/** `requester` as it is stored; `startedAt` in milliseconds since 1970. */
export type Ended = {
  kind: 'ended'
  tenantId: string
  livemode: boolean
  phone: string
  clientIp: string | null
  requester: Buffer | null
  startedAt: number
  approved: boolean
}

export type PrefixTallies = {
  accountId: string
  channel: Channel
  prefix: string
  delivered: Tally
  approved: Tally
}

/** How often the operator of an account told the calling number, and how often it was not ours. */
export type CallersTold = { told: number; replaced: number }

export type Observed = {
  seen: Map<string, Seen>
  tallies: PrefixTallies[]
  callers: Map<string, CallersTold>
  ends: RangeEnds[]
}

export type Observations = {
  add(observations: readonly Observation[]): void
  /** Returns and clears what was gathered since the last call. */
  take(): Observed
}

/** Gathers this process's observations: too many to write with each call, and cheap to lose. */
export function createObservations(): Observations {
  let seen = new Map<string, Seen>()
  let tallies = new Map<string, PrefixTallies>()
  let callers = new Map<string, CallersTold>()
  let ends = new Map<string, RangeEnds>()

  function noteCaller(accountId: string, isReplaced: boolean): void {
    const known = callers.get(accountId) ?? { told: 0, replaced: 0 }
    callers.set(accountId, { told: known.told + 1, replaced: known.replaced + (isReplaced ? 1 : 0) })
  }

  function noteAsked(accountId: string, fault: boolean): void {
    const known = seen.get(accountId) ?? { calls: 0, faults: 0, lastFaults: 0 }
    seen.set(accountId, {
      calls: known.calls + 1,
      faults: known.faults + (fault ? 1 : 0),
      lastFaults: fault ? known.lastFaults + 1 : 0,
    })
  }

  function noteEnd(end: Ended): void {
    const { tenantId, livemode, phone, approved, startedAt } = end
    const range = rangeOf(phone)
    const key = `${tenantId} ${livemode} ${range}`
    const known = ends.get(key) ?? { tenantId, livemode, range, byWeight: new Map() }
    const weight = weighedBy(end)
    const before = known.byWeight.get(weight)?.approved ?? false
    known.byWeight.set(weight, { approved: approved || before, startedAt })
    ends.set(key, known)
  }

  return {
    add(observations) {
      for (const observation of observations) {
        if (observation.kind === 'ended') {
          noteEnd(observation)
          continue
        }
        const { accountId, kind } = observation
        if (kind === 'asked') {
          noteAsked(accountId, observation.fault)
          continue
        }
        if (kind === 'caller_told') {
          noteCaller(accountId, observation.isReplaced)
          continue
        }
        const { channel } = observation
        const prefix = networkPrefix(observation.phone)
        const key = `${accountId} ${channel} ${prefix}`
        const known = tallies.get(key) ?? {
          accountId,
          channel,
          prefix,
          delivered: { calls: 0, well: 0 },
          approved: { calls: 0, well: 0 },
        }
        const tally = kind === 'delivery' ? known.delivered : known.approved
        tally.calls += 1
        tally.well += observation.well ? 1 : 0
        tallies.set(key, known)
      }
    },
    take() {
      const taken = { seen, tallies: [...tallies.values()], callers, ends: [...ends.values()] }
      seen = new Map()
      tallies = new Map()
      callers = new Map()
      ends = new Map()
      return taken
    },
  }
}
