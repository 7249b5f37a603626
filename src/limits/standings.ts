import type { App } from '../context.ts'
import type { Sql, Tx } from '../db/client.ts'
import type { phoneStandings, STANDINGS } from '../db/schema/limits.ts'
import type { Secrets } from '../secrets.ts'

export type StandingRow = typeof phoneStandings.$inferSelect
export type Standing = (typeof STANDINGS)[number]

/** Binds a sealed phone to its row. */
export const sealContext = (id: string) => `standing ${id}`

type Phone = { tenantId: string; phone: string }

/** The names of a phone under every accepted key, the current one first. */
export const phoneKeys = (secrets: Secrets, { tenantId, phone }: Phone): Buffer[] => [
  secrets.pseudonym(tenantId, phone),
  ...secrets.formerPseudonyms(tenantId, phone),
]

/** Looks up the standings of phones, in their order, in at most one statement; null: neutral. */
export async function readStandings(
  tx: Tx,
  secrets: Secrets,
  asked: readonly (Phone | null)[],
): Promise<(Standing | null)[]> {
  const lookups = asked.flatMap((one, position) =>
    one
      ? phoneKeys(secrets, one).map((key) => ({
          position,
          tenant_id: one.tenantId,
          phone_key: `\\x${key.toString('hex')}`,
        }))
      : [],
  )
  const standings = asked.map((): Standing | null => null)
  if (lookups.length === 0) return standings
  const rows = await tx<{ position: number; standing: Standing }[]>`
    select k.position, s.standing
    from json_to_recordset(${JSON.stringify(lookups)}::json) as k (position int, tenant_id uuid, phone_key bytea)
    join phone_standings s on s.tenant_id = k.tenant_id and s.phone_key = k.phone_key
      and coalesce(s.until > now(), true)`
  for (const { position, standing } of rows) standings[position] = standing
  return standings
}

/** Erases the standing that a phone got up to `before`. */
export async function forgetStanding(tx: Tx, secrets: Secrets, phone: Phone, before: Date): Promise<void> {
  await tx`
    delete from phone_standings
    where tenant_id = ${phone.tenantId} and phone_key = any(${phoneKeys(secrets, phone)}::bytea[])
      and updated_at <= ${before}`
}

/** Deletes up to 5000 standings whose time is over. */
export async function forgetEndedStandings(sql: Sql): Promise<void> {
  await sql`
    delete from phone_standings where id = any(array(
      select id from phone_standings where until < now() order by until limit 5000 for update skip locked))`
}

type Resealed = { resealed: number; unreadable: number }

/** Reseals under the current SECRET_KEY the phones that another accepted key sealed, and renames their rows. */
export async function resealStandings({ db, secrets }: Pick<App, 'db' | 'secrets'>): Promise<Resealed> {
  const result: Resealed = { resealed: 0, unreadable: 0 }
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows: StandingRow[] = await db.sql<StandingRow[]>`
      select * from phone_standings where id > ${after} order by id limit 500`
    for (const { id, tenantId, sealedPhone } of rows) {
      if (secrets.isCurrent(sealedPhone)) continue
      try {
        const phone = secrets.open(sealedPhone, sealContext(id))
        await db.sql`
          update phone_standings
          set sealed_phone = ${secrets.seal(phone, sealContext(id))}, phone_key = ${secrets.pseudonym(tenantId, phone)}
          where id = ${id} and sealed_phone = ${sealedPhone}`
        result.resealed += 1
      } catch {
        result.unreadable += 1
      }
    }
    const last = rows.at(-1)
    if (!last) return result
    after = last.id
  }
}
