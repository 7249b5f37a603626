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
import { type Asked, type Familiar, readFamiliar, STRANGE, saveFamiliar, toAsk } from '../limits/known.ts'
import { lockPhoneCounters } from '../limits/phone-counters.ts'
import { guardKey, type Policies } from '../limits/policies.ts'
import type { Requester } from '../limits/requester.ts'
import { lockStartCounters, type StartCounters } from '../limits/start-counters.ts'
import type { Queue } from '../queue/queue.ts'
import { type Access, openAccess } from '../routing/access.ts'
import type { Observations } from '../routing/observations.ts'
import type { Routing } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import type { Draft, Verification } from './draft.ts'
import { addAttempts, isAnybodys, lockDrafts } from './lock.ts'
import { save, snapshot } from './save.ts'

/**
 * What a decision needs beside the verification and its attempts. `guesses`: the phone's counter and the tenant's policy;
 * `starts`: the counters of starts as well, and what a call costs; `route`: the accounts that may serve the phone, and what they
 * cost; `access`: what limits them; `call`: what a further call costs, and the money for it.
 */
export type Need = 'guesses' | 'starts' | 'route' | 'access' | 'call'

/** What a decision is told beside the verification: the other ones it asked for, and what is known of who asks. */
export type Beside = { others: Draft[]; familiar: Familiar }

export type Change = {
  verificationId: string
  /** Further verifications of the same owner that it may change as well. */
  others?: readonly string[]
  /** Whose verification it must be; null for the worker, which serves all. */
  owner: { tenantId: string; livemode: boolean } | null
  author: Author
  needs: readonly Need[]
  /** Who asks, where the client names them. */
  requester?: Requester | null
  /** Decides in memory, and returns what the caller wants to know. Must not throw: a user's mistake is a result. */
  decide(draft: Draft, beside: Beside): unknown
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
        changes.flatMap(({ verificationId, others = [], owner }) =>
          [verificationId, ...others].map((id) => ({ id, owner })),
        ),
      )
      const drafts = [...byId.values()]
      const { savers, familiar } = await prepare(tx, parts, changes, byId)
      const before = snapshot(drafts)
      const results = changes.map((change, i) => {
        const [draft, ...others] = draftsOf(change, byId)
        if (!draft) return { found: false }
        for (const each of [draft, ...others]) each.author = change.author
        const result = change.decide(draft, { others, familiar: familiar[i] ?? STRANGE })
        return { found: true, result }
      })
      const done = changes.flatMap(({ claim }, i) => (claim ? [{ claim, result: results[i] }] : []))
      await tx.commit([
        ...save(tx, drafts, before),
        ...saveFamiliar(tx, parts.secrets, drafts),
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
  input: Omit<Change, 'decide' | 'needs'> & {
    needs?: readonly Need[]
    decide(draft: Draft, beside: Beside): T
  },
): Promise<Changed<T>> {
  return (await changes.submit({ needs: [], ...input })) as Changed<T>
}

/** As `change`, for a client and a public id: 404 for an unknown verification and for somebody else's alike. */
export async function changeOwn<T>(
  context: ClientContext,
  id: string,
  decide: (draft: Draft, beside: Beside) => T,
  needs: readonly Need[] = [],
  requester: Requester | null = null,
): Promise<T> {
  const verificationId = parseId('verification', id)
  if (verificationId) {
    const { actor: owner, claim } = context
    const asked = { verificationId, owner, author: author(context), needs, requester, decide, claim }
    const changed = await once(context, () => change(context, asked))
    if (changed.found) return changed.result
  }
  throw new AppError('not_found', { detail: 'There is no such verification.' })
}

/** The verification that the change names, and the further ones; none for somebody else's. */
function draftsOf({ verificationId, others = [], owner }: Change, byId: Map<string, Draft>): Draft[] {
  const [draft, ...rest] = [verificationId, ...others].map((id) => byId.get(id))
  const isOwn = (one: Draft | undefined): one is Draft =>
    one !== undefined && isOwner(owner, one.verification)
  return isOwn(draft) ? [draft, ...rest.filter(isOwn)] : []
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
): Promise<{ savers: (StartCounters | Access)[]; familiar: Familiar[] }> {
  const { secrets, policies, routing } = parts
  const inNeedOf = (need: Need) => [
    ...new Set(changes.flatMap((c) => (c.needs.includes(need) ? draftsOf(c, drafts) : []))),
  ]
  const savers: (StartCounters | Access)[] = []

  const counted = inNeedOf('guesses')
  for (const draft of counted) draft.policy = await policies.of(draft.verification.tenantId)
  const phones = counted.map((draft) => draft.verification)
  const [counters, familiar] = await Promise.all([
    phones.length > 0 ? lockPhoneCounters(tx, secrets, phones) : [],
    readFamiliar(
      tx,
      secrets,
      changes.map((change) => whoAsks(change, drafts)),
    ),
    isAnybodys(changes) ? null : addAttempts(tx, [...drafts.values()]),
  ])
  for (const [i, draft] of counted.entries()) draft.counter = counters[i] ?? null

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
  return { savers, familiar }
}

/** The requester that the limits judge; for a retry, that of the start. Null where it makes no difference. */
function whoAsks(change: Change, drafts: Map<string, Draft>): Asked | null {
  const [draft] = draftsOf(change, drafts)
  if (!draft || !change.needs.includes('guesses')) return null
  if (!change.needs.includes('starts')) {
    return toAsk(draft.verification, change.requester ?? null, false)
  }
  const { requester, phone } = claimOf(draft.verification)
  const isClosed = draft.policy?.guarded.has(guardKey(draft.verification.livemode, phone.range)) ?? false
  return toAsk(draft.verification, requester, isClosed)
}
