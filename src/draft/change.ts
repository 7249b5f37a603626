import type { Channel } from '../channels/channels.ts'
import type { App, Author, Claim } from '../context.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import { remembers } from '../idempotency/remember.ts'
import { labelled } from '../process/tracing.ts'
import type { Requester } from '../secrets.ts'
import { publicId } from '../values/ids.ts'
import { committed } from './committed.ts'
import { type BareDraft, type Draft, type Need, traceJobs } from './draft.ts'
import { addAttempts, isFromWorker, lockDrafts } from './lock.ts'
import type { Verification } from './rows.ts'
import { save } from './save.ts'
import { type Loaders, loadSlices, type Member } from './slices.ts'
import { snapshot } from './snapshot.ts'

declare module '../context.ts' {
  interface App {
    changes: Changes
  }
}

export type Change = {
  verificationId: string
  /** More verifications of the same owner that it may change. */
  others?: readonly string[]
  /** The required owner; null for the worker, which serves all. */
  owner: { tenantId: string; livemode: boolean } | null
  author: Author
  needs: readonly Need[]
  /** The requester, if the client names one. */
  requester?: Requester | null
  /** A channel that it may use beside those of the verification. */
  channel?: Channel | null
  /** Decides in memory and returns a result for the caller. Must not throw: a user's mistake is a result. */
  decide(draft: Draft<Need>, others: readonly Draft<Need>[]): unknown
  /**
   * The claim of a request's Idempotency-Key. It remembers the result of `decide`, which must then be JSON.
   */
  claim?: Claim | undefined
}

export type Changes = Group<Change, unknown>

/** `found: false` for a verification that is unknown or of another owner. */
export type Changed<T> = { found: true; result: T } | { found: false }

type Parts = Pick<App, 'db' | 'queue' | 'secrets' | 'observations'>

/** The group commit of all changes to existing verifications. */
export function createChanges(parts: Parts, loaders: Loaders): Changes {
  return createGroup<Change, unknown>('commit change', async (changes, traces) => {
    const { results, drafts, before } = await parts.db.sql.begin(async (tx) => {
      const byId = await lockDrafts(tx, changes.flatMap(toWanted))
      const drafts = [...byId.values()]
      const members = changes.map((change) => membersOf(change, byId))
      const attempts = isFromWorker(changes) ? Promise.resolve() : addAttempts(tx, drafts)
      const saveSlices = await loadSlices(tx, loaders, members.flat(), drafts, attempts)
      const before = snapshot(drafts)
      const results = changes.map((change, i) => {
        const [draft, ...others] = (members[i] ?? []).map(viewOf)
        if (!draft) return { found: false }
        const result = change.decide(draft, others)
        traceJobs([draft, ...others], traces[i])
        return { found: true, result }
      })
      const done = changes.flatMap(({ claim }, i) => (claim ? [{ claim, result: results[i] }] : []))
      await tx.commit([...save(tx, drafts, before), ...saveSlices(), ...remembers(tx, parts.secrets, done)])
      return { results, drafts, before }
    })
    committed(parts, drafts, before)
    return results
  })
}

/**
 * Locks the verification and the slices in `needs`, lets `decide` change them in memory, and writes the
 * outcome with its audit events in one transaction, shared with other waiting changes.
 */
export async function change<T, N extends Need = never>(
  { changes }: { changes: Changes },
  input: Omit<Change, 'decide' | 'needs'> & {
    needs?: readonly N[]
    decide(draft: Draft<N>, others: readonly Draft<N>[]): T
  },
): Promise<Changed<T>> {
  const labels = { verification: publicId('verification', input.verificationId) }
  return (await labelled(labels, () => changes.submit({ needs: [], ...input }))) as Changed<T>
}

const toWanted = ({ verificationId, others = [], owner }: Change) =>
  [verificationId, ...others].map((id) => ({ id, owner }))

/** The change's verification and `others`, without those of other owners; empty without the first. */
function membersOf(change: Change, byId: Map<string, BareDraft>): Member[] {
  const { verificationId, others = [], owner, author, needs, requester = null, channel = null } = change
  const [draft, ...rest] = [verificationId, ...others].map((id) => byId.get(id))
  const isOwn = (one: BareDraft | undefined): one is BareDraft =>
    one !== undefined && isOwner(owner, one.verification)
  if (!isOwn(draft)) return []
  return [draft, ...rest.filter(isOwn)].map((one) => ({
    draft: one,
    author,
    needs,
    requester,
    channel,
    slices: {},
  }))
}

function isOwner(owner: Change['owner'], verification: Verification): boolean {
  return (
    owner === null || (owner.tenantId === verification.tenantId && owner.livemode === verification.livemode)
  )
}

/** The draft for the decision. The type of `change` limits it to the slices of its needs. */
const viewOf = ({ draft, author, slices }: Member) => ({ ...draft, author, ...slices }) as Draft<Need>
