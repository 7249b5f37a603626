import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext, currentReadersOf } from '../context.ts'
import { invalid } from '../errors.ts'
import { afterCursor } from '../input/cursor.ts'
import { newId } from '../values/ids.ts'
import { type Page, toPage } from '../values/pages.ts'
import { parsePhone } from '../values/phone.ts'
import type { StandingInput, StandingsQuery, StandingView } from './standing-schemas.ts'
import { phoneKeys, type StandingRow, sealContext } from './standings.ts'

type Asked = { phone: string }

/**
 * Trusts or blocks a phone, or makes it neutral, in both modes: in this process at once, in others within a second.
 * Replaces what was set before. Throws 422 for an impossible phone and for an `until` in the past.
 */
export async function setStanding(
  context: ClientContext,
  input: Asked & StandingInput,
): Promise<StandingView> {
  const { db, secrets, actor, caches } = context
  const { tenantId } = actor
  const phone = phoneOf(context, input)
  const { standing, until = null, reason = null } = input
  const id = newId()
  const keys = phoneKeys(secrets, { tenantId, phone })
  return caches.changing(['policies'], () =>
    db.sql.begin(async (tx) => {
      const [clock] = await tx<{ now: Date }[]>`select now() as now`
      const now = clock?.now as Date
      if (until && until <= now) throw invalid('until', 'time_past')
      // One change of a phone at a time: two rows under different keys would contradict each other.
      await tx`select pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${keys[0]?.toString('hex')}`}, ${LOCKS}))`
      const before = await tx`
        delete from phone_standings where tenant_id = ${tenantId} and phone_key = any(${keys}::bytea[])`
      if (standing === 'neutral') {
        if (before.count > 0) await record('phone.neutral')
        return neutral(phone)
      }
      await tx`
        insert into phone_standings (id, tenant_id, phone_key, sealed_phone, standing, until, reason, updated_at)
        values (${id}, ${tenantId}, ${keys[0] as Buffer}, ${secrets.seal(phone, sealContext(id))}, ${standing}, ${until},
          ${reason}, ${now})`
      await record(`phone.${standing}`)
      return present(phone, { standing, until, reason, updatedAt: now })

      async function record(type: string): Promise<void> {
        const data = { phone: keys[0]?.toString('hex'), ...(until && { until: until.toISOString() }) }
        await appendTenantEvents(tx, tenantId, author(context), [{ type, data }])
      }
    }),
  )
}

/** Keeps the locks on standings apart from those on phones, counters and ranges. */
const LOCKS = 3

/** The standing of a phone. Throws 422 for an impossible phone. */
export async function getStanding(context: ClientContext, input: Asked): Promise<StandingView> {
  const { db, secrets, actor } = context
  const phone = phoneOf(context, input)
  const keys = phoneKeys(secrets, { tenantId: actor.tenantId, phone })
  const [row] = await db.sql<StandingRow[]>`
    select * from phone_standings
    where tenant_id = ${actor.tenantId} and phone_key = any(${keys}::bytea[]) and coalesce(until > now(), true)
    order by id desc limit 1`
  return row ? present(phone, row) : neutral(phone)
}

/** The tenant's trusted and blocked phones, the last changed first. */
export async function listStandings(
  context: ClientContext,
  query: StandingsQuery,
): Promise<Page<StandingView>> {
  const { secrets, actor } = context
  const { sql } = currentReadersOf(context)
  const after = afterCursor(query)
  const rows = await sql<StandingRow[]>`
    select * from phone_standings
    where tenant_id = ${actor.tenantId} and ${query.standing ? sql`standing = ${query.standing}` : sql`true`}
      and coalesce(until > now(), true) and ${after ? sql`id < ${after}` : sql`true`}
    order by id desc limit ${query.limit + 1}`
  return toPage(rows, query.limit, (row) => present(secrets.open(row.sealedPhone, sealContext(row.id)), row))
}

function phoneOf({ actor }: ClientContext, input: Asked): string {
  const phone = parsePhone(input.phone, actor.defaultRegion)
  if (!phone) throw invalid('phone', 'phone')
  return phone.e164
}

const neutral = (phone: string): StandingView => ({
  phone,
  standing: 'neutral',
  until: null,
  reason: null,
  updated_at: null,
})

function present(
  phone: string,
  row: Pick<StandingRow, 'standing' | 'until' | 'reason' | 'updatedAt'>,
): StandingView {
  const { standing, until, reason, updatedAt } = row
  return {
    phone,
    standing,
    until: until?.toISOString() ?? null,
    reason,
    updated_at: updatedAt.toISOString(),
  }
}
