import type { Author } from '../audit/append.ts'
import { prepareMoney } from '../billing/prepare.ts'
import type { CostLists } from '../billing/prices/cost-lists.ts'
import type { PriceLists } from '../billing/prices/price-lists.ts'
import { author, type ClientContext } from '../context.ts'
import type { Db, Tx } from '../db/client.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import { AppError } from '../errors.ts'
import type { Claim } from '../idempotency/claim.ts'
import { once, remembers } from '../idempotency/once.ts'
import { parseId } from '../ids.ts'
import { claimOf, counterKeys } from '../limits/judge.ts'
import { lockPhoneCounters } from '../limits/phone-counters.ts'
import type { Policies } from '../limits/policies.ts'
import { lockStartCounters, type StartCounters } from '../limits/start-counters.ts'
import type { Queue } from '../queue/queue.ts'
import { type Access, openAccess } from '../routing/access.ts'
import type { Observations } from '../routing/observations.ts'
import type { Routing } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import type { Draft, Verification } from './draft.ts'
import { lockDrafts } from './lock.ts'
import { save, snapshot } from './save.ts'

/**
 * What a decision needs beside the verification and its attempts. `guesses`: the phone's counter and the tenant's policy;
 * `starts`: the counters of starts as well, and what a call costs; `route`: the accounts that may serve the phone, and what they
 * cost; `access`: what limits them; `call`: what a further call costs, and the money for it.
 */
export type Need = 'guesses' | 'starts' | 'route' | 'access' | 'call'

export type Change = {
  verificationId: string
  /** Whose verification it must be; null for the worker, which serves all. */
  owner: { tenantId: string; livemode: boolean } | null
  author: Author
  needs: readonly Need[]
  /** Decides in memory, and returns what the caller wants to know. Must not throw: a user's mistake is a result. */
  decide(draft: Draft): unknown
  /** Of a request with an Idempotency-Key: what `decide` returns is remembered under it, so it must be JSON. */
  claim?: Claim | undefined
}

export type Changes = Group<Change, unknown>

/** `found: false` for an unknown verification or somebody else's. */
export type Changed<T> = { found: true; result: T } | { found: false }

type Parts = {
  db: Db
  queue: Queue
  secrets: Secrets
  routing: Routing
  observations: Observations
  policies: Policies
  priceLists: PriceLists
  costLists: () => Promise<CostLists>
}

/** The group commit through which every change of an existing verification goes. */
export function createChanges(parts: Parts): Changes {
  return createGroup<Change, unknown>(async (changes) => {
    const { results, drafts } = await parts.db.sql.begin(async (tx) => {
      const byId = await lockDrafts(
        tx,
        changes.map(({ verificationId: id, owner }) => ({ id, owner })),
      )
      const drafts = [...byId.values()]
      const savers = await prepare(tx, parts, changes, byId)
      const before = snapshot(drafts)
      const results = changes.map((change) => {
        const draft = byId.get(change.verificationId)
        if (!draft || !isOwner(change.owner, draft.verification)) return { found: false }
        draft.author = change.author
        return { found: true, result: change.decide(draft) }
      })
      const done = changes.flatMap(({ claim }, i) => (claim ? [{ claim, result: results[i] }] : []))
      await tx.commit([
        ...save(tx, drafts, before),
        ...savers.flatMap((saver) => saver.save()),
        ...remembers(tx, parts.secrets, done),
      ])
      return { results, drafts }
    })
    parts.queue.enqueue(drafts.flatMap((draft) => draft.jobs))
    parts.observations.add(drafts.flatMap((draft) => draft.observations))
    return results
  })
}

/**
 * Locks the verification, lets `decide` change it in memory, and writes the outcome with its audit events in one
 * transaction, which it shares with other changes that are waiting.
 */
export async function change<T>(
  { changes }: { changes: Changes },
  input: Omit<Change, 'decide' | 'needs'> & { needs?: readonly Need[]; decide(draft: Draft): T },
): Promise<Changed<T>> {
  return (await changes.submit({ needs: [], ...input })) as Changed<T>
}

/** As `change`, for a client and a public id: 404 for an unknown verification and for somebody else's alike. */
export async function changeOwn<T>(
  context: ClientContext,
  id: string,
  decide: (draft: Draft) => T,
  needs: readonly Need[] = [],
): Promise<T> {
  const verificationId = parseId('verification', id)
  if (verificationId) {
    const { actor: owner, claim } = context
    const asked = { verificationId, owner, author: author(context), needs, decide, claim }
    const changed = await once(context, () => change(context, asked))
    if (changed.found) return changed.result
  }
  throw new AppError('not_found', { detail: 'There is no such verification.' })
}

function isOwner(owner: Change['owner'], verification: Verification): boolean {
  return (
    owner === null || (owner.tenantId === verification.tenantId && owner.livemode === verification.livemode)
  )
}

/** Loads and locks what the decisions need, always in this order: phones, starts, accounts, money. */
async function prepare(
  tx: Tx,
  parts: Parts,
  changes: readonly Change[],
  drafts: Map<string, Draft>,
): Promise<(StartCounters | Access)[]> {
  const { secrets, policies, routing } = parts
  const inNeedOf = (need: Need) => [
    ...new Set(changes.flatMap((c) => (c.needs.includes(need) && drafts.get(c.verificationId)) || [])),
  ]
  const savers: (StartCounters | Access)[] = []

  const counted = inNeedOf('guesses')
  for (const draft of counted) draft.policy = await policies.of(draft.verification.tenantId)
  if (counted.length > 0) {
    const phones = counted.map((draft) => draft.verification)
    const counters = await lockPhoneCounters(tx, secrets, phones)
    for (const [i, draft] of counted.entries()) draft.counter = counters[i] ?? null
  }

  const starting = inNeedOf('starts')
  if (starting[0]) {
    const keys = starting.flatMap((draft) => counterKeys(claimOf(draft.verification), secrets).all)
    const counters = await lockStartCounters(tx, keys)
    for (const draft of starting) draft.startCounters = counters
    savers.push(counters)
  }

  for (const draft of inNeedOf('route')) draft.route = await routing.candidates(draft.verification)
  const claiming = inNeedOf('access')
  if (claiming[0]) {
    const accounts = claiming.flatMap((draft) => draft.route)
    const access = await openAccess(tx, accounts, claiming[0].now)
    for (const draft of claiming) draft.access = access
    savers.push(access)
  }
  await prepareMoney(tx, parts, {
    all: [...drafts.values()],
    ending: inNeedOf('route'),
    calling: [...starting, ...inNeedOf('call')],
  })
  return savers
}
