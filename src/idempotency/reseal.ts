import type { App } from '../context.ts'
import { sealContext } from './kept-answer.ts'

type Row = { tenantId: string; livemode: boolean; key: string; sealed: Buffer }
type Resealed = { resealed: number; unreadable: number }

/** Reseals kept answers and results of other accepted keys under the current SECRET_KEY. */
export async function resealKeptAnswers({ db, secrets }: Pick<App, 'db' | 'secrets'>): Promise<Resealed> {
  const result: Resealed = { resealed: 0, unreadable: 0 }
  let after: Pick<Row, 'tenantId' | 'livemode' | 'key'> | null = null
  for (;;) {
    const rows: Row[] = await db.sql<Row[]>`
      select tenant_id, livemode, key, coalesce(answer, result) as sealed from idempotency_keys
      where coalesce(answer, result) is not null
        and ${after === null ? db.sql`true` : db.sql`(tenant_id, livemode, key) > (${after.tenantId}, ${after.livemode}, ${after.key})`}
      order by tenant_id, livemode, key limit 500`
    for (const row of rows) {
      if (secrets.isCurrent(row.sealed)) continue
      const context = sealContext(row, row.key)
      try {
        const sealed = secrets.seal(secrets.open(row.sealed, context), context)
        // A row holds an answer or a result. If it was settled meanwhile, the current key has sealed it.
        await db.sql`
          update idempotency_keys set answer = case when answer is null then null else ${sealed}::bytea end,
            result = case when answer is null then ${sealed}::bytea end
          where tenant_id = ${row.tenantId} and livemode = ${row.livemode} and key = ${row.key}
            and coalesce(answer, result) = ${row.sealed}`
        result.resealed += 1
      } catch {
        result.unreadable += 1
      }
    }
    after = rows.at(-1) ?? null
    if (after === null) return result
  }
}
