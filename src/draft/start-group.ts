import { CHAIN_START } from '../audit/chain.ts'
import { moneyFacts } from '../billing/charge.ts'
import { prepareMoney } from '../billing/prepare.ts'
import type { PriceLists } from '../billing/prices/price-lists.ts'
import { queueAttempt } from '../calls/queue-attempt.ts'
import { findByIndex } from '../db/by-index.ts'
import type { Db, Tx } from '../db/client.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import type { Claim } from '../idempotency/claim.ts'
import { remembers } from '../idempotency/once.ts'
import { counterKeys, judgeAndCount, type Situation } from '../limits/judge.ts'
import { type Familiar, readFamiliar, STRANGE, toAsk } from '../limits/known.ts'
import { lockPhoneCounters } from '../limits/phone-counters.ts'
import { LIVE_PER_PHONE_MAX } from '../limits/phone-rules.ts'
import { guardKey, type Policies } from '../limits/policies.ts'
import { explain } from '../limits/refusal.ts'
import { isSame, type Requester } from '../limits/requester.ts'
import { type Breach, noRoute } from '../limits/rules.ts'
import { lockStartCounters, type StartCounters } from '../limits/start-counters.ts'
import type { Queue } from '../queue/queue.ts'
import type { Observations } from '../routing/observations.ts'
import type { Routing } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import type { Phone } from '../values/phone.ts'
import { presentVerification } from '../verifications/present.ts'
import type { VerificationView } from '../verifications/schemas.ts'
import { cancel, expire, isFinal, isOverdue } from '../verifications/state.ts'
import type { Author } from './append.ts'
import { type Draft, record, type Verification } from './draft.ts'
import { addAttempts, newDraft } from './lock.ts'
import { save, snapshot } from './save.ts'

export type Start = {
  id: string
  tenantId: string
  livemode: boolean
  phone: Phone
  channel: Verification['channel']
  ttlSeconds: number
  maxChecks: number
  reference: string | null
  clientIp: string | null
  requester: Requester | null
  metadata: Record<string, string> | null
  author: Author
  claim: Claim | null
}

/** The verification that a start made; `denied`: by which rule it was refused before any call. */
export type Started = { verification: VerificationView; denied: Breach | null }

export type Starts = Group<Start, Started>

type Parts = {
  db: Db
  queue: Queue
  secrets: Secrets
  policies: Policies
  observations: Observations
  priceLists: PriceLists
  routing: Routing
}

/**
 * The group commit of starts. Starts for one phone wait for each other (a lock on the phone, then on its older
 * verifications, then on counters), and are judged in the order in which they came, so that neighbours see each other.
 */
export function createStarts(parts: Parts): Starts {
  const { db, queue, secrets, policies, observations } = parts
  return createGroup<Start, Started>(async (starts) => {
    const [inForce, served] = await Promise.all([
      Promise.all(starts.map((start) => policies.of(start.tenantId))),
      Promise.all(starts.map((start) => isServed(parts.routing, start))),
    ])
    const { started, changed } = await db.sql.begin(async (tx) => {
      const owners = starts.map(keyOf)
      const phones = new Map(owners.map((owner) => [phoneOf(owner), owner]))
      const keys = starts.flatMap((start) => counterKeys(start, secrets).all)
      // Sent together, and locked in this order.
      const asked = starts.map((start, i) => {
        const isClosed = inForce[i]?.guarded.has(guardKey(start.livemode, start.phone.range)) ?? false
        return toAsk(keyOf(start), start.requester, isClosed)
      })
      const [now, , found, phoneCounters, counters, familiar] = await Promise.all([
        findByIndex(tx),
        lockPhones(tx, [...phones.keys()]),
        lockLive(tx, [...phones.values()]),
        lockPhoneCounters(tx, secrets, owners),
        lockStartCounters(tx, keys),
        readFamiliar(tx, secrets, asked),
      ])
      const older = found.map((row) => newDraft(now, { ...row }))
      const live = Map.groupBy(older, ({ verification }) => phoneOf(verification))
      await addAttempts(tx, older)
      const before = snapshot(older)
      const drafts = starts.map((start, i) => {
        return {
          ...newDraft(now, newVerification(now, start)),
          author: start.author,
          policy: inForce[i] ?? null,
          counter: phoneCounters[i] ?? null,
        }
      })
      const changed = [...older, ...drafts]
      await prepareMoney(tx, parts, { all: changed, calling: drafts })
      const started = drafts.map((draft, i): Started => {
        const start = starts[i] as Start
        const phone = phoneOf(keyOf(start))
        const known = familiar[i] ?? STRANGE
        const beside = divide(live.get(phone) ?? [], start, known)
        const denied = served[i]
          ? judge(draft, start, beside, counters, secrets)
          : deny(draft, start, known, noRoute(start.phone))
        if (!denied) {
          for (const each of beside.ending) supersede(each, start.author)
          queueAttempt(draft, 0)
          live.set(phone, [...beside.staying, draft])
        }
        return { verification: presentVerification(draft.verification), denied }
      })
      const done = starts.flatMap(({ claim }, i) => (claim ? [{ claim, result: started[i] }] : []))
      await tx.commit([...save(tx, changed, before), ...counters.save(), ...remembers(tx, secrets, done)])
      return { started, changed }
    })
    queue.enqueue(changed.flatMap((draft) => draft.jobs))
    observations.add(changed.flatMap((draft) => draft.observations))
    return started
  })
}

/** More than can be live for a phone, with those that are overdue. */
const LIVE_READ_MAX = 20

type PhoneKey = Pick<Verification, 'tenantId' | 'livemode' | 'phone'>

const keyOf = ({ tenantId, livemode, phone }: Start): PhoneKey => ({ tenantId, livemode, phone: phone.e164 })

const phoneOf = ({ tenantId, livemode, phone }: PhoneKey) => `${tenantId}${livemode ? 'l' : 't'}${phone}`

/** Locks phones, in one order everywhere, whether or not there is a verification of them. */
async function lockPhones(tx: Tx, phones: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(phone, 0) as key
      from unnest(${phones}::text[]) as phone order by key) as keys`
}

/** Locks the live verifications of phones, and those that are overdue, in the order in which all lock verifications. */
async function lockLive(tx: Tx, phones: readonly PhoneKey[]): Promise<Verification[]> {
  // `lateral`, and the condition in the words of the index of live verifications, so that each is looked up in it.
  const rows = await tx<Verification[]>`
    select v.* from verifications v
    where v.id = any(array(
      select l.id from json_to_recordset(${JSON.stringify(phones)}::json)
        as p ("tenantId" uuid, livemode bool, phone text)
      cross join lateral (
        select id from verifications
        where tenant_id = p."tenantId" and livemode = p.livemode and phone = p.phone and completed_at is null
        limit ${LIVE_READ_MAX}) as l))
    order by v.id for update`
  // One that ended while this waited for it is live no more.
  return rows.filter(({ status }) => !isFinal(status))
}

/** What is live for a phone when a start comes: what ends if the start is admitted, and what lives on beside it. */
type Beside = { ending: Draft[]; staying: Draft[] } & Pick<Situation, 'familiar'>

/**
 * The live verification of the same requester ends, and what is overdue. A known requester takes the place of the oldest where
 * strangers have taken all.
 */
function divide(live: readonly Draft[], { requester }: Start, familiar: Familiar): Beside {
  const current = live.filter((draft) => !isOverdue(draft))
  const own = current.find(({ verification }) => isSame(requester, verification.requester))
  const isFull = current.length >= LIVE_PER_PHONE_MAX
  const replaced = own ?? (isFull && familiar.requester ? current[0] : undefined)
  const staying = current.filter((draft) => draft !== replaced)
  return { ending: live.filter((draft) => !staying.includes(draft)), staying, familiar }
}

const firstEnd = (live: readonly Draft[], now: Date) =>
  Math.ceil((Math.min(...live.map((each) => each.verification.expiresAt.getTime())) - now.getTime()) / 1000)

function supersede(previous: Draft, author: Author): void {
  previous.author = author
  if (isOverdue(previous)) expire(previous)
  else cancel(previous, 'superseded')
}

/** Judges the start by the policy; a denied one leaves a `denied` verification and nothing else. */
function judge(
  draft: Draft,
  start: Start,
  { ending, staying, familiar }: Beside,
  counters: StartCounters,
  secrets: Secrets,
): Breach | null {
  const { policy, counter, now } = draft
  if (!policy || !counter) throw new Error('the start was not prepared')
  const { denied, observed } = judgeAndCount(
    start,
    now,
    policy,
    counter,
    counters,
    secrets,
    moneyFacts(draft, ending),
    { familiar, live: { count: staying.length, freeInSeconds: firstEnd(staying, now) } },
  )
  if (denied) return deny(draft, start, familiar, denied, observed)
  record(draft, 'verification.created', factsOf(draft, start, familiar, observed))
  return null
}

function deny(
  draft: Draft,
  start: Start,
  familiar: Familiar,
  breach: Breach,
  observed: readonly Breach[] = [],
): Breach {
  draft.verification.status = 'denied'
  draft.verification.completedAt = draft.now
  record(draft, 'verification.denied', { ...factsOf(draft, start, familiar, observed), ...explain(breach) })
  return breach
}

function factsOf(
  { counter }: Draft,
  start: Start,
  familiar: Familiar,
  observed: readonly Breach[],
): Record<string, unknown> {
  return {
    phone: counter?.phoneKey.toString('hex'),
    channel: start.channel,
    ttl_seconds: start.ttlSeconds,
    max_checks: start.maxChecks,
    ...(start.requester ? { requester: familiar.requester ? 'known' : 'unknown' } : {}),
    ...(observed.length > 0 ? { observed: observed.map(explain) } : {}),
  }
}

/** Test keys' calls go to the sandbox, which serves every phone. */
async function isServed(routing: Routing, { tenantId, livemode, phone, channel }: Start): Promise<boolean> {
  return (
    !livemode || (await routing.candidates({ tenantId, livemode, phone: phone.e164, channel })).length > 0
  )
}

function newVerification(now: Date, start: Start): Verification {
  return {
    id: start.id,
    tenantId: start.tenantId,
    livemode: start.livemode,
    phone: start.phone.e164,
    channel: start.channel,
    status: 'pending',
    checksLeft: start.maxChecks,
    maxChecks: start.maxChecks,
    retries: 0,
    attempts: 0,
    codeLength: null,
    callerHint: null,
    reference: start.reference,
    clientIp: start.clientIp,
    requester: start.requester?.[0] ?? null,
    metadata: start.metadata,
    failureCode: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + start.ttlSeconds * 1000),
    deliveredAt: null,
    completedAt: null,
    auditSeq: 0,
    auditHead: CHAIN_START,
  }
}
