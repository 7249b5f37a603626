import { goodArchives } from '../audit/archives.ts'
import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type Context } from '../context.ts'
import { verifyLedger } from './verify.ts'

const SHOWN = 5

/** Checks the ledger once a day. Reports problems as an audit event, a metric and an error in the log. */
export async function checkLedgerNightly(context: Context): Promise<void> {
  const { db, log } = context
  const [claimed] = await db.sql<{ today: string }[]>`
    insert into ledger_checks (day) values ((now() at time zone 'utc')::date)
    on conflict do nothing returning day::text as today`
  if (!claimed) return
  const problems = await verifyLedger(db, await goodArchives(context))
  await db.sql.begin(async (tx) => {
    await tx`
      update ledger_checks set finished_at = now(), problems = ${problems.length} where day = ${claimed.today}::date`
    if (problems.length === 0) return
    const data = { problems: problems.length, first: problems.slice(0, SHOWN) }
    await appendTenantEvents(tx, null, author(context), [{ type: 'ledger.broken', data }])
  })
  if (problems.length > 0) log.error({ problems: problems.slice(0, SHOWN) }, 'the ledger does not balance')
  else log.info('the ledger balances')
}
