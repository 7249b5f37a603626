import type { App } from '../context.ts'
import type { Secrets } from '../secrets.ts'
import { sealContext } from './secret.ts'

/** Sealed secrets as stored. */
type Row = { secret: Buffer; formerSecret: Buffer | null }

/** Reseals under the current SECRET_KEY the secrets of endpoints that another accepted key sealed. */
export async function resealEndpoints({ db, secrets }: Pick<App, 'db' | 'secrets'>) {
  const ids = await db.sql<
    { id: string }[]
  >`select id from webhook_endpoints where deleted_at is null order by id`
  const result = { resealed: 0, unreadable: 0 }
  for (const { id } of ids) {
    await db.sql.begin(async (tx) => {
      const [row] = await tx<Row[]>`
        select secret, former_secret from webhook_endpoints where id = ${id} for no key update`
      if (!row) return
      try {
        const fresh = resealed(secrets, sealContext(id), row)
        if (!fresh) return
        await tx`
          update webhook_endpoints set secret = ${fresh.secret}, former_secret = ${fresh.formerSecret}
          where id = ${id}`
        result.resealed += 1
      } catch {
        result.unreadable += 1
      }
    })
  }
  return result
}

/** Both secrets sealed by the current key; null if they are. Throws if no accepted key opens one of them. */
export function resealed(secrets: Secrets, context: string, { secret, formerSecret }: Row): Row | null {
  if ([secret, formerSecret].every((each) => !each || secrets.isCurrent(each))) return null
  const again = (sealed: Buffer) => secrets.seal(secrets.open(sealed, context), context)
  return { secret: again(secret), formerSecret: formerSecret && again(formerSecret) }
}
