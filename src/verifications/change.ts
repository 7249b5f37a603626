import type { Author } from '../audit/append.ts'
import { author, type ClientContext } from '../context.ts'
import type { Db, Tx } from '../db/client.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import { AppError } from '../errors.ts'
import { parseId } from '../ids.ts'
import { lockPhoneCounters } from '../limits/phone-counters.ts'
import type { Queue } from '../queue/queue.ts'
import { type Access, openAccess } from '../routing/access.ts'
import type { Observations } from '../routing/observations.ts'
import type { Routing } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import type { Attempt, Draft, Verification } from './draft.ts'
import { save, snapshot } from './save.ts'

export type Change = {
  verificationId: string
  /** Whose verification it must be; null for the worker, which serves all. */
  owner: { tenantId: string; livemode: boolean } | null
  author: Author
  /** Lock the phone's counter as well. */
  withCounter: boolean
  /** Load the accounts that may serve the phone as well. */
  withRoute: boolean
  /** Lock what limits those accounts as well; for a claim. */
  withAccess: boolean
  /** Decides in memory, and returns what the caller wants to know. Must not throw: a user's mistake is a result. */
  decide(draft: Draft): unknown
}

export type Changes = Group<Change, unknown>

/** `found: false` for an unknown verification or somebody else's. */
export type Changed<T> = { found: true; result: T } | { found: false }

type Parts = { db: Db; queue: Queue; secrets: Secrets; routing: Routing; observations: Observations }

/** The group commit through which every change of an existing verification goes. */
export function createChanges({ db, queue, secrets, routing, observations }: Parts): Changes {
  return createGroup<Change, unknown>(async (changes) => {
    const { results, drafts } = await db.sql.begin(async (tx) => {
      const drafts = await lockDrafts(tx, changes)
      if (changes.some((change) => change.withCounter)) {
        await lockPhoneCounters(tx, secrets, [...drafts.values()])
      }
      for (const { verificationId, withRoute } of changes) {
        const draft = withRoute && drafts.get(verificationId)
        if (draft) draft.route = await routing.candidates(draft.verification)
      }
      const access = await openAccessFor(tx, changes, drafts)
      const before = snapshot([...drafts.values()])
      const results = changes.map((change) => {
        const draft = drafts.get(change.verificationId)
        if (!draft || !isOwner(change.owner, draft.verification)) return { found: false }
        draft.author = change.author
        return { found: true, result: change.decide(draft) }
      })
      await Promise.all([save(tx, [...drafts.values()], before), access?.save()])
      return { results, drafts: [...drafts.values()] }
    })
    queue.enqueue(drafts.flatMap((draft) => draft.jobs))
    observations.add(drafts.flatMap((draft) => draft.observations))
    return results
  })
}

/**
 * Locks the verification, lets `decide` change it in memory, and writes the outcome with its audit events in one
 * transaction, which it shares with other changes that are waiting.
 */
export async function change<T>(
  { changes }: { changes: Changes },
  input: Omit<Change, 'decide' | 'withCounter' | 'withRoute' | 'withAccess'> & {
    withCounter?: boolean
    withRoute?: boolean
    withAccess?: boolean
    decide(draft: Draft): T
  },
): Promise<Changed<T>> {
  return (await changes.submit({
    withCounter: false,
    withRoute: false,
    withAccess: false,
    ...input,
  })) as Changed<T>
}

/** As `change`, for a client and a public id: 404 for an unknown verification and for somebody else's alike. */
export async function changeOwn<T>(
  context: ClientContext,
  id: string,
  decide: (draft: Draft) => T,
  options: { withCounter?: boolean } = {},
): Promise<T> {
  const verificationId = parseId('verification', id)
  if (verificationId) {
    const base = { verificationId, owner: context.actor, author: author(context), ...options }
    const changed = await change(context, { ...base, decide })
    if (changed.found) return changed.result
  }
  throw new AppError('not_found', { detail: 'There is no such verification.' })
}

function isOwner(owner: Change['owner'], verification: Verification): boolean {
  return (
    owner === null || (owner.tenantId === verification.tenantId && owner.livemode === verification.livemode)
  )
}

async function openAccessFor(
  tx: Tx,
  changes: readonly Change[],
  drafts: Map<string, Draft>,
): Promise<Access | null> {
  const claiming = changes.flatMap((change) => (change.withAccess && drafts.get(change.verificationId)) || [])
  const [first] = claiming
  if (!first) return null
  const access = await openAccess(
    tx,
    claiming.flatMap((draft) => draft.route),
    first.now,
  )
  for (const draft of claiming) draft.access = access
  return access
}

async function lockDrafts(tx: Tx, changes: readonly Change[]): Promise<Map<string, Draft>> {
  const ids = [...new Set(changes.map((change) => change.verificationId))].sort()
  // In one order everywhere, so that groups wait for each other and never in a circle.
  const [rows, calls] = await Promise.all([
    tx<(Verification & { txNow: Date })[]>`
      select *, now() as tx_now from verifications where id = any(${ids}::uuid[]) order by id for update`,
    tx<Attempt[]>`
      select * from attempts where verification_id = any(${ids}::uuid[]) order by verification_id, ordinal`,
  ])
  const drafts = new Map<string, Draft>()
  for (const { txNow, ...verification } of rows) {
    drafts.set(verification.id, newDraft(txNow, verification as Verification))
  }
  for (const call of calls) drafts.get(call.verificationId)?.attempts.push({ ...call })
  return drafts
}

/** An empty draft around a verification row. */
export function newDraft(now: Date, verification: Verification): Draft {
  return {
    now,
    verification,
    attempts: [],
    counter: null,
    route: [],
    access: null,
    author: { actor: 'system', requestId: null },
    events: [],
    jobs: [],
    observations: [],
  }
}
