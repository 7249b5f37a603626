import { newId, publicId } from '../../src/values/ids.ts'
import type { Bed } from './bed.ts'
import { nextPhone } from './load.ts'

export const CODE = '2371'

/**
 * Prepares verifications of the stack's tenant for a confirm: delivered, with a known code. SQL writes what
 * calls would have done; starts and confirms go through the API.
 */
export async function deliveredVerifications(
  bed: Bed,
  count: number,
  { livemode = false } = {},
): Promise<string[]> {
  const { sql } = bed.app.db
  const [tenant] = await sql<{ id: string }[]>`select id from tenants where is_first`
  if (!tenant) throw new Error('there is no tenant')
  const ids: string[] = []
  for (let done = 0; done < count; done += 5000) {
    const rows = Array.from({ length: Math.min(5000, count - done) }, () => {
      const id = newId()
      ids.push(publicId('verification', id))
      const hash = bed.app.secrets.hashCode(id, CODE).toString('hex')
      return { id, attempt: newId(), phone: nextPhone(), hash: `\\x${hash}` }
    })
    const json = JSON.stringify(rows)
    await sql`
      insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries, attempts,
        code_length, created_at, expires_at, delivered_at, audit_seq, audit_head)
      select id, ${tenant.id}, ${livemode}, phone, 'flash_call', 'delivered', 3, 3, 0, 1, 4, now(), now() + interval '10 minutes',
        now(), 0, decode(repeat('00', 32), 'hex')
      from json_to_recordset(${json}::json) as r (id uuid, phone text)`
    await sql`
      insert into live_verifications (verification_id, tenant_id, livemode, phone, expires_at)
      select id, tenant_id, livemode, phone, expires_at from verifications
      where id = any(${rows.map(({ id }) => id)}::uuid[])`
    await sql`
      insert into attempts (id, verification_id, ordinal, round, channel, provider, status, assumed, code_hash, code_length,
        created_at, placing_at, placed_at, ended_at, looks)
      select attempt, id, 1, 0, 'flash_call', 'telefon-ip', 'no_answer', false, hash, 4, now(), now(), now(), now(), 1
      from json_to_recordset(${json}::json) as r (id uuid, attempt uuid, hash bytea)`
  }
  return ids
}
