import type { Author } from '../audit/append.ts'
import { CHAIN_START } from '../audit/chain.ts'
import { queueAttempt } from '../calls/queue-attempt.ts'
import type { Db, Tx } from '../db/client.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import { ACTIVE_STATUSES } from '../db/schema/index.ts'
import { newId } from '../ids.ts'
import type { Queue } from '../queue/queue.ts'
import type { Secrets } from '../secrets.ts'
import { newDraft } from './change.ts'
import { type Attempt, type Draft, record, type Verification } from './draft.ts'
import { save, snapshot } from './save.ts'
import { cancel, expire, isOverdue } from './state.ts'

export type Start = {
  tenantId: string
  livemode: boolean
  phone: string
  channel: Verification['channel']
  ttlSeconds: number
  maxChecks: number
  reference: string | null
  clientIp: string | null
  metadata: Record<string, string> | null
  author: Author
}

export type Starts = Group<Start, Verification>

type Parts = { db: Db; queue: Queue; secrets: Secrets }

/**
 * The group commit of starts. Starts for one phone wait for each other (a lock on the phone, then on its older
 * verifications), and are decided in the order in which they came.
 */
export function createStarts({ db, queue, secrets }: Parts): Starts {
  return createGroup<Start, Verification>(async (starts) => {
    const { started, jobs } = await db.sql.begin(async (tx) => {
      const { now, live } = await lockPhones(tx, starts)
      const older = [...live.values()]
      const before = snapshot(older)
      const drafts = [...older]
      const started = starts.map((start) => {
        const previous = live.get(phoneOf(start))
        if (previous) supersede(previous, start.author)
        const draft = begin(now, start, secrets)
        drafts.push(draft)
        live.set(phoneOf(start), draft)
        return draft.verification
      })
      await save(tx, drafts, before)
      return { started, jobs: drafts.flatMap((draft) => draft.jobs) }
    })
    queue.enqueue(jobs)
    return started
  })
}

const phoneOf = (row: Pick<Start, 'tenantId' | 'livemode' | 'phone'>) =>
  `${row.tenantId}${row.livemode ? 'l' : 't'}${row.phone}`

/** Locks the phones, then their live verifications (at most one each), both in one order everywhere. */
async function lockPhones(
  tx: Tx,
  starts: readonly Start[],
): Promise<{ now: Date; live: Map<string, Draft> }> {
  const phones = [...new Map(starts.map((start) => [phoneOf(start), start])).entries()]
  const keys = phones.map(([, { tenantId, livemode, phone }]) => ({ tenant_id: tenantId, livemode, phone }))
  const [, rows, [clock]] = await Promise.all([
    tx`select pg_advisory_xact_lock(key) from (
         select distinct hashtextextended(phone, 0) as key
         from unnest(${phones.map(([name]) => name)}::text[]) as phone order by key) as keys`,
    tx<Verification[]>`
      select v.* from json_to_recordset(${JSON.stringify(keys)}::json)
        as p (tenant_id uuid, livemode bool, phone text)
      join verifications v using (tenant_id, livemode, phone)
      where v.status in ${tx(ACTIVE_STATUSES)}
      order by v.id for update of v`,
    tx<{ now: Date }[]>`select now() as now`,
  ])
  const now = clock?.now as Date
  const drafts = rows.map((row) => newDraft(now, { ...row }))
  if (drafts.length > 0) {
    const calls = await tx<Attempt[]>`
      select * from attempts where verification_id = any(${rows.map((row) => row.id)}::uuid[])
      order by verification_id, ordinal`
    for (const call of calls) {
      drafts.find((draft) => draft.verification.id === call.verificationId)?.attempts.push({ ...call })
    }
  }
  return { now, live: new Map(drafts.map((draft) => [phoneOf(draft.verification), draft])) }
}

function supersede(previous: Draft, author: Author): void {
  previous.author = author
  if (isOverdue(previous)) expire(previous)
  else cancel(previous, 'superseded')
}

function begin(now: Date, start: Start, secrets: Secrets): Draft {
  const draft = newDraft(now, {
    id: newId(),
    tenantId: start.tenantId,
    livemode: start.livemode,
    phone: start.phone,
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
    metadata: start.metadata,
    failureCode: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + start.ttlSeconds * 1000),
    deliveredAt: null,
    completedAt: null,
    auditSeq: 0,
    auditHead: CHAIN_START,
  })
  draft.author = start.author
  record(draft, 'verification.created', {
    phone: secrets.pseudonym(start.tenantId, start.phone).toString('hex'),
    channel: start.channel,
    ttl_seconds: start.ttlSeconds,
    max_checks: start.maxChecks,
  })
  queueAttempt(draft, 0)
  return draft
}
