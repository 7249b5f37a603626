import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { PhoneCounter, Verification } from '../draft/rows.ts'
import type { Requester, Secrets } from '../secrets.ts'
import { type Familiar, readFamiliar, saveFamiliar, toAsk } from './known.ts'
import { lockPhoneCounters, savePhoneCounters } from './phone-counters.ts'
import { guardKey } from './policies.ts'
import type { PolicyInForce } from './schemas.ts'

declare module '../draft/draft.ts' {
  interface Slices {
    /** The phone's counter, the tenant's policy, and what is known of the requester. */
    guesses: Guesses
  }
}

/** What limits know of a phone and of who asks. `counter` is shared by all who ask about the phone. */
export type Guesses = { policy: PolicyInForce; counter: PhoneCounter; familiar: Familiar }

/** Who asks about which phone. `range`: that of a start, which a closed range may refuse; null for a check. */
export type Asker = Pick<Verification, 'tenantId' | 'livemode' | 'phone'> & {
  policy: PolicyInForce
  requester: Requester | null
  range: string | null
}

/**
 * Locks the counters of the phones, and looks up who asks; in the order of the askers. Sends its statements in the tick in which it is
 * called.
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
  const [counters, familiar] = await Promise.all([
    lockPhoneCounters(tx, secrets, askers),
    readFamiliar(tx, secrets, asked),
  ])
  const guesses = askers.map(({ policy }, i) => ({
    policy,
    counter: counters[i] as PhoneCounter,
    familiar: familiar[i] as Familiar,
  }))
  const unique = [...new Set(counters)]
  return { guesses, save: () => [...savePhoneCounters(tx, unique), ...saveFamiliar(tx, unique)] }
}
