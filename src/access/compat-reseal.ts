import type { App } from '../context.ts'
import { signKeyContext } from './compat-credentials.ts'

type Resealed = { resealed: number; unreadable: number }

/**
 * Reseals under the current SECRET_KEY the sign keys of doors that another accepted key sealed. `unreadable`:
 * sealed with a key that is not accepted.
 */
export async function resealCompats({ db, secrets }: Pick<App, 'db' | 'secrets'>): Promise<Resealed> {
  const rows = await db.sql<{ id: string; sealedSignKey: Buffer }[]>`
    select id, sealed_sign_key from compat_credentials
    where sealed_sign_key is not null and revoked_at is null order by id`
  const result: Resealed = { resealed: 0, unreadable: 0 }
  for (const { id, sealedSignKey } of rows) {
    if (secrets.isCurrent(sealedSignKey)) continue
    try {
      const sealed = secrets.seal(secrets.open(sealedSignKey, signKeyContext(id)), signKeyContext(id))
      await db.sql`update compat_credentials set sealed_sign_key = ${sealed} where id = ${id}`
      result.resealed += 1
    } catch {
      result.unreadable += 1
    }
  }
  return result
}
