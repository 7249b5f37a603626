import type { App } from '../context.ts'
import { sealContext } from './secret.ts'

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
      if (!row || [row.secret, row.formerSecret].every((each) => !each || secrets.isCurrent(each))) return
      const again = (sealed: Buffer) => secrets.seal(secrets.open(sealed, sealContext(id)), sealContext(id))
      try {
        const [secret, former] = [again(row.secret), row.formerSecret && again(row.formerSecret)]
        await tx`update webhook_endpoints set secret = ${secret}, former_secret = ${former} where id = ${id}`
        result.resealed += 1
      } catch {
        result.unreadable += 1
      }
    })
  }
  return result
}
