import type { Channel } from '../channels/channels.ts'
import type { Author } from '../context.ts'
import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Requester } from '../secrets.ts'
import type { BareDraft, Need, Slices } from './draft.ts'

/** A verification that a change may touch, with the needs of the change and the slices loaded for it. */
export type Member = {
  draft: BareDraft
  author: Author
  needs: readonly Need[]
  requester: Requester | null
  /** A channel that the decision may use beside those of the verification. */
  channel: Channel | null
  slices: Partial<Slices>
}

/** The slices in the order of the members; `save` returns the statements that write the changes to them. */
export type Loaded<T> = { slices: readonly T[]; save?(): Statement<object[]>[] }

/** Loads and locks a slice for the members that need it. `all`: every draft of the transaction. */
export type Loader<T> = (tx: Tx, members: readonly Member[], all: readonly BareDraft[]) => Promise<Loaded<T>>

export type Loaders = {
  inOrder: { [N in Need]: Loader<Slices[N]> }
  /** Prepares the parts that any draft may hold, whatever its decision needed; the result writes them. */
  rest(tx: Tx, drafts: readonly BareDraft[]): Promise<() => Statement<object[]>[]>
}

/**
 * The lock order of slices, after the verifications: phones, counters of starts, accounts, funds. One order
 * everywhere, so that groups cannot deadlock.
 */
const ORDER: readonly Need[] = ['guesses', 'starts', 'served', 'route', 'access', 'costs', 'call', 'texts']

/** Its loader reads the drafts' attempts. */
const READS_ATTEMPTS: Need = 'call'

/**
 * Loads the members' slices; awaits `attempts` with the first one. Resolves to the function that saves them.
 */
export async function loadSlices(
  tx: Tx,
  { inOrder, rest }: Loaders,
  members: readonly Member[],
  all: readonly BareDraft[],
  attempts: Promise<unknown>,
): Promise<() => Statement<object[]>[]> {
  const savers: (() => Statement<object[]>[])[] = []
  for (const need of ORDER) {
    const inNeed = members.filter(({ needs }) => needs.includes(need))
    if (inNeed.length === 0) continue
    if (need === READS_ATTEMPTS) await attempts
    const [loaded]: [Loaded<Slices[Need]>, unknown] = await Promise.all([
      inOrder[need](tx, inNeed, all),
      attempts,
    ])
    for (const [i, member] of inNeed.entries()) Object.assign(member.slices, { [need]: loaded.slices[i] })
    if (loaded.save) savers.push(loaded.save)
  }
  const [saveRest] = await Promise.all([rest(tx, all), attempts])
  return () => [...savers.flatMap((each) => each()), ...saveRest()]
}
