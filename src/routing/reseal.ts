import type { App } from '../context.ts'

type Resealed = { resealed: number; unreadable: number }

/**
 * Reseals under the current SECRET_KEY the credentials of every account that another accepted key sealed.
 * Locks each row separately, so a concurrent change is not undone. `unreadable`: sealed with a key that is
 * not accepted.
 */
export async function resealAccounts({ db, secrets }: Pick<App, 'db' | 'secrets'>): Promise<Resealed> {
  const ids = await db.sql<{ id: string }[]>`select id from provider_accounts order by id`
  const result: Resealed = { resealed: 0, unreadable: 0 }
  for (const { id } of ids) {
    await db.sql.begin(async (tx) => {
      const [row] = await tx<{ credentials: Buffer }[]>`
        select credentials from provider_accounts where id = ${id} for no key update`
      if (!row || secrets.isCurrent(row.credentials)) return
      const opened = openOrNull(() => secrets.open(row.credentials, id))
      if (opened === null) {
        result.unreadable += 1
        return
      }
      await tx`update provider_accounts set credentials = ${secrets.seal(opened, id)} where id = ${id}`
      result.resealed += 1
    })
  }
  return result
}

function openOrNull(open: () => string): string | null {
  try {
    return open()
  } catch {
    return null
  }
}
