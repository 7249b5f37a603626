import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { PhoneCounter, Verification } from '../draft/rows.ts'
import type { Requester, Secrets } from '../secrets.ts'
import { type Familiar, readFamiliar, saveFamiliar, toAsk } from './known.ts'
import { lockPhoneCounters, savePhoneCounters } from './phone-counters.ts'
import { guardKey } from './policies.ts'
import type { PolicyInForce } from './schemas.ts'
import { readStandings, type Standing } from './standings.ts'

declare module '../draft/draft.ts' {
  interface Slices {
    /** The phone's counter, the tenant's policy, and whether requester and phone are known. */
    guesses: Guesses
  }
}

/**
 * The limits' view of a phone and its requester. All requests for a phone share its `counter`. `standing`: null too
 * for a check, which it does not concern.
 */
export type Guesses = {
  policy: PolicyInForce
  counter: PhoneCounter
  familiar: Familiar
  standing: Standing | null
}

/** A request for a phone. `range`: the number range of a start, which may be closed; null for a check. */
export type Asker = Pick<Verification, 'tenantId' | 'livemode' | 'phone'> & {
  policy: PolicyInForce
  requester: Requester | null
  range: string | null
}

/**
 * Locks the counters of the phones and looks up their requesters, in the order of `askers`. Sends its
 * statements in the tick of the call.
 */
export async function lockGuesses(
  tx: Tx,
  secrets: Secrets,
  askers: readonly Asker[],
): Promise<{ guesses: Guesses[]; save(): Statement<object[]>[] }> {
  const asked = askers.map(({ policy, requester, range, ...phone }) => {
    const isClosed = range !== null && policy.guarded.has(guardKey(phone.livemode, range))
    return toAsk(phone, requester, isClosed)
  })
  const singledOut = askers.map((one) => (one.range !== null && one.policy.hasStandings ? one : null))
  const [counters, familiar, standings] = await Promise.all([
    lockPhoneCounters(tx, secrets, askers),
    readFamiliar(tx, secrets, asked),
    readStandings(tx, secrets, singledOut),
  ])
  const guesses = askers.map(({ policy }, i) => ({
    policy,
    counter: counters[i] as PhoneCounter,
    familiar: familiar[i] as Familiar,
    standing: standings[i] ?? null,
  }))
  const unique = [...new Set(counters)]
  return { guesses, save: () => [...savePhoneCounters(tx, unique), ...saveFamiliar(tx, unique)] }
}
