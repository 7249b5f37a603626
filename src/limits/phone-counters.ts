import type { Tx } from '../db/client.ts'
import type { Secrets } from '../secrets.ts'
import type { Draft, PhoneCounter } from '../verifications/draft.ts'

export const GUESS_WINDOW_SECONDS = 86_400

/** Locks the counters of the drafts' phones, in one order everywhere, and gives each draft its own. */
export async function lockPhoneCounters(tx: Tx, secrets: Secrets, drafts: readonly Draft[]): Promise<void> {
  const counters = new Map<string, PhoneCounter>()
  for (const draft of drafts) {
    const { tenantId, livemode, phone } = draft.verification
    const phoneKey = secrets.pseudonym(tenantId, phone)
    const name = nameOf({ tenantId, livemode, phoneKey })
    const counter = counters.get(name) ?? {
      tenantId,
      livemode,
      phoneKey,
      starts: [],
      wrongGuesses: [],
      updatedAt: new Date(0),
    }
    counters.set(name, counter)
    draft.counter = counter
  }
  const keys = [...counters.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counter]) => counter)
  const asJson = keys.map(({ tenantId, livemode, phoneKey }, position) => ({
    tenant_id: tenantId,
    livemode,
    phone_key: `\\x${phoneKey.toString('hex')}`,
    position,
  }))
  const rows = await tx<PhoneCounter[]>`
    select c.* from json_to_recordset(${JSON.stringify(asJson)}::json)
      as k (tenant_id uuid, livemode bool, phone_key bytea, position int)
    join phone_counters c using (tenant_id, livemode, phone_key)
    order by k.position for update of c`
  for (const row of rows) Object.assign(counters.get(nameOf(row)) ?? {}, row)
}

const nameOf = (key: Pick<PhoneCounter, 'tenantId' | 'livemode' | 'phoneKey'>) =>
  `${key.tenantId}${key.livemode ? 'l' : 't'}${key.phoneKey.toString('hex')}`

/** Wrong guesses of the last 24 hours. */
export function recentGuesses(draft: Draft): Date[] {
  const since = draft.now.getTime() - GUESS_WINDOW_SECONDS * 1000
  return (draft.counter?.wrongGuesses ?? []).filter((at) => at.getTime() > since)
}

/** Counts `count` wrong guesses now. */
export function addGuesses(draft: Draft, count: number): void {
  if (!draft.counter) throw new Error('the change did not lock the phone counter')
  draft.counter.wrongGuesses = [...recentGuesses(draft), ...Array<Date>(count).fill(draft.now)]
  draft.counter.updatedAt = draft.now
}
