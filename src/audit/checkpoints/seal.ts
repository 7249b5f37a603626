import type { Context } from '../../context.ts'
import type { Tx } from '../../db/client.ts'
import type { auditCheckpoints } from '../../db/schema/index.ts'
import { signStatement } from '../../signing/statement.ts'
import { CLOCK_SKEW_MS, idAfter, newId, publicId, timeOf } from '../../values/ids.ts'
import { type AuditRow, CHAIN_START, countOf } from '../chain.ts'
import { rowsOfSpan } from '../rows-of-span.ts'
import { hashOfHour, toLeaf } from './leaves.ts'

export const HOUR_MS = 3_600_000
/** How long after its end an hour is sealed. The service's statements time out long before. */
export const SEAL_AFTER_MS = 300_000
/** Advisory lock of the sealing. */
const LOCK = 7_411_021
/** Hours sealed in one round. */
const HOURS_MAX = 500

type Checkpoint = typeof auditCheckpoints.$inferSelect
const READ = { columns: 'id, verification_id, hash, type', cursor: 'sealing' }

type Sealed = Pick<AuditRow, 'id' | 'verificationId' | 'hash' | 'type'>

/**
 * Seals every hour that ended at least five minutes ago and has no checkpoint, oldest first. A checkpoint
 * hashes all rows of the hour by time and id, follows the previous checkpoint, and is signed. One worker
 * seals at a time. Resolves to the number of hours sealed.
 */
export async function sealHours(context: Context): Promise<number> {
  for (let sealed = 0; sealed < HOURS_MAX; sealed++) {
    const checkpoint = await context.db.sql.begin((tx) => sealNext(tx, context))
    if (!checkpoint) return sealed
    const { number, hour, events, hash } = checkpoint
    // In a log collected elsewhere, the hash is out of reach of the database's owner.
    context.log.info({ number, hour, events, hash: hash.toString('hex') }, 'audit hour sealed')
  }
  return HOURS_MAX
}

async function sealNext(tx: Tx, context: Context): Promise<Checkpoint | null> {
  const [lock] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as taken`
  if (!lock?.taken) return null
  const next = await nextHour(tx)
  if (!next) return null
  const id = newId()
  const { number, hour, prevHash } = next
  const sum = hashOfHour(prevHash, { number, hour })
  let events = 0
  let part = 0
  const span = { from: hour, before: after(hour) }
  for await (const rows of rowsOfSpan<Sealed>(tx, span, READ)) {
    const leaves = Buffer.concat(rows.map(toLeaf))
    sum.update(leaves)
    await tx`
      insert into audit_checkpoint_leaves (checkpoint_id, part, leaves) values (${id}, ${part}, ${leaves})`
    events += rows.reduce((count, row) => count + countOf(row), 0)
    part += 1
  }
  const content = { id, number, hour, events, prevHash, hash: sum.digest() }
  const { jws, kid } = await signStatement(context, 'ringproof-checkpoint', claimsOf(content))
  const [clock] = await tx<{ createdAt: Date }[]>`
    insert into audit_checkpoints (id, number, hour, events, prev_hash, hash, kid, signature)
    values (${id}, ${number}, ${hour}, ${events}, ${prevHash}, ${content.hash}, ${kid}, ${jws})
    returning created_at`
  return { ...content, kid, signature: jws, createdAt: clock?.createdAt as Date }
}

/** The claims of a checkpoint's signature. */
export function claimsOf(checkpoint: Omit<Checkpoint, 'kid' | 'signature' | 'createdAt'>) {
  const { id, number, hour, events, prevHash, hash } = checkpoint
  return {
    jti: publicId('checkpoint', id),
    number,
    hour: hour.toISOString(),
    events,
    prev_hash: prevHash.toString('hex'),
    hash: hash.toString('hex'),
  }
}

type Next = { number: number; hour: Date; prevHash: Buffer }

/** The oldest unsealed hour; null until it is due and all transactions begun before its end have finished. */
async function nextHour(tx: Tx): Promise<Next | null> {
  const [last] = await tx<{ number: bigint; hour: Date; hash: Buffer }[]>`
    select number, hour, hash from audit_checkpoints order by number desc limit 1`
  const first = last ? null : await firstTime(tx)
  if (!last && !first) return null
  const hour = last ? after(last.hour) : new Date(Math.floor((first?.getTime() ?? 0) / HOUR_MS) * HOUR_MS)
  const [clock] = await tx<{ due: boolean; busy: boolean }[]>`
    select clock_timestamp() >= ${new Date(after(hour).getTime() + SEAL_AFTER_MS)} as due,
      exists (select from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_xid is not null
          and xact_start < ${after(hour)}) as busy`
  if (!clock?.due || clock.busy) return null
  return { number: last ? Number(last.number) + 1 : 1, hour, prevHash: last?.hash ?? CHAIN_START }
}

const after = (hour: Date) => new Date(hour.getTime() + HOUR_MS)

/** The time of the first event. */
async function firstTime(tx: Tx): Promise<Date | null> {
  const [first] = await tx<{ verificationId: string }[]>`
    select verification_id from audit_events where verification_id is not null order by verification_id, seq limit 1`
  // Another process, whose clock is ahead, may have begun an earlier one.
  const until = first ? idAfter(new Date(timeOf(first.verificationId) + CLOCK_SKEW_MS)) : null
  const [row] = await tx<{ at: Date | null }[]>`
    select min(at) as at from audit_events where verification_id is null or verification_id <= ${until}`
  return row?.at ?? null
}
