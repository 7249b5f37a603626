import type { Channel } from '../channels/channels.ts'
import { type ClientContext, currentReadersOf } from '../context.ts'
import type { Tx } from '../db/client.ts'
import type { CarrierTold } from '../db/schema/verifications.ts'
import type { Statement } from '../db/sql.ts'
import { publicId } from '../values/ids.ts'
import type { AttemptStatus, VerificationStatus } from '../values/statuses.ts'
import type { DoorContext } from './context.ts'

/**
 * A verification started at a door of the tenant and mode. `verification`: its public id; `phone`: E.164, or a
 * pseudonym once erased, which no client sees. `attemptStatus`: of its last attempt. `priceMicros`: charged so far, in
 * millionths of `currency`; null without a price.
 */
export type DoorCall = {
  number: number
  verification: string
  createdAt: Date
  phone: string
  channel: Channel
  status: VerificationStatus
  failureCode: string | null
  metadata: Record<string, string> | null
  deliveredAt: Date | null
  completedAt: Date | null
  attemptStatus: AttemptStatus | null
  carrier: CarrierTold | null
  priceMicros: bigint | null
  currency: string | null
}

/** `from` inclusive, `to` exclusive; `after`: the number of the last call of the page before. */
export type CallSpan = { last: number } | { from: Date; to: Date; after?: number }

/** The most calls that one list has. */
export const CALLS_MAX = 1000

/** The call with a number; null if there is none. Sees the last write. */
export async function findCall({ db, actor }: DoorContext, number: number): Promise<DoorCall | null> {
  // Clients send any integer; the column holds 32 bits.
  if (!Number.isInteger(number) || number < 1 || number > 0x7fff_ffff) return null
  const { sql } = db
  const rows = await withFacts(sql, sql`${ownCalls(sql, actor)} and number = ${number}`)
  return rows[0] ? toCall(rows[0]) : null
}

/**
 * The newest `last` calls, newest first, or those of a span, oldest first: at most `CALLS_MAX`. The next page of a
 * span begins `after` the last number.
 */
export async function listCalls(context: DoorContext, span: CallSpan): Promise<DoorCall[]> {
  const { sql } = currentReadersOf(context)
  const own = ownCalls(sql, context.actor)
  if ('last' in span) {
    const last = Math.min(span.last, CALLS_MAX)
    return (await withFacts(sql, sql`${own} order by number desc limit ${last}`)).map(toCall)
  }
  const { from, to, after = 0 } = span
  const page = sql`${own} and created_at >= ${from} and created_at < ${to}`
  // Numbers need not be in the order of their times.
  const rest =
    after === 0
      ? page
      : sql`${page} and (created_at, number) > (
    select created_at, number from (${own} and number = ${after}) as last)`
  const rows = await withFacts(sql, sql`${rest} order by created_at, number limit ${CALLS_MAX}`)
  return rows.map(toCall)
}

type Sql = Pick<Tx, never> & Tx
type Row = Omit<DoorCall, 'verification'> & { id: string }

const ownCalls = (sql: Sql, { tenantId, livemode }: ClientContext['actor']) => sql`
  select * from compat_calls where tenant_id = ${tenantId} and livemode = ${livemode}`

/** `lateral` and `limit` force lookups by key. */
const withFacts = (sql: Sql, calls: Statement<object[]>) => sql<Row[]>`
  select c.number, c.created_at, v.*, a.status as attempt_status, m.*
  from (${calls}) as c
  cross join lateral (
    select id, phone, channel, status, failure_code, metadata, delivered_at, completed_at
    from verifications where id = c.verification_id limit 1) as v
  left join lateral (
    select status from attempts where verification_id = c.verification_id order by ordinal desc limit 1) as a on true
  cross join lateral (
    select (sum(price_micros) filter (where charge = 'captured'))::bigint as price_micros,
      max(price_currency) as currency, (array_agg(carrier) filter (where carrier is not null))[1] as carrier
    from attempts where verification_id = c.verification_id) as m`

const toCall = ({ id, ...row }: Row): DoorCall => ({ ...row, verification: publicId('verification', id) })
