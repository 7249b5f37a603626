import type { Db, Tx } from '../db/client.ts'
import type { File } from './files.ts'
import type { Month } from './months.ts'
import { inUtc } from './pages.ts'

export const MANIFEST = 'manifest.json'
export const SIGNATURE = 'manifest.jws'

/** The sum of a ledger account's movements in the archive, in micro-units. */
export type Sum = { account: string; owner_id: string; currency: string; micros: string }
/** What was captured from a tenant on a day (UTC). */
export type Captured = { tenant_id: string; day: string; micros: string; calls: number }

/** What an archive holds. `manifest.jws` signs its SHA-256. */
export type Manifest = {
  version: 1
  month: string
  made_at: string
  /** Audit events: a row of audit_events holds all events of a transaction. */
  events: number
  files: File[]
  balances: Sum[]
  days: Captured[]
}

/** The table of a file. */
export const tableOf = (file: string) => file.replace('.ndjson.gz', '')

/** The manifest of files that were written from a month. */
export function makeManifest(
  { sql }: Pick<Db, 'sql'>,
  month: Month,
  files: File[],
  tables: readonly string[],
): Promise<Manifest> {
  return inUtc(sql, async (tx) => {
    const [counted] = await tx<{ madeAt: string; events: bigint }[]>`
      select to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as made_at, coalesce(sum(cardinality(string_to_array(type, ' '))), 0)::bigint as events
      from ${tx.unsafe(month.part('audit_events'))}`
    const sums = tables.includes('ledger_transactions') ? await sumsOf(tx, month) : { balances: [], days: [] }
    return {
      version: 1 as const,
      month: month.name,
      made_at: counted?.madeAt ?? '',
      events: Number(counted?.events),
      files,
      ...sums,
    }
  })
}

/** What the month's ledger rows add up to. */
async function sumsOf(tx: Tx, month: Month): Promise<Pick<Manifest, 'balances' | 'days'>> {
  const ledger = tx.unsafe(month.part('ledger_transactions'))
  const balances = await tx<{ account: string; ownerId: string; currency: string; micros: string }[]>`
    select account, owner_id, currency, sum(micros)::text as micros
    from ${ledger} cross join lateral (
      values (from_account, -amount_micros), (to_account, amount_micros)) as e (account, micros)
    group by 1, 2, 3 having sum(micros) <> 0 order by 2, 1, 3`
  const days = await tx<{ tenantId: string; day: string; micros: string; calls: bigint }[]>`
    select tenant_id, to_char(at at time zone 'utc', 'YYYY-MM-DD') as day, sum(amount_micros)::text as micros,
      count(*) as calls
    from ${ledger} where kind = 'capture' group by 1, 2 order by 1, 2`
  return {
    balances: balances.map(({ account, ownerId, ...sum }) => ({ account, owner_id: ownerId, ...sum })),
    days: days.map(({ tenantId, calls, ...row }) => ({ tenant_id: tenantId, ...row, calls: Number(calls) })),
  }
}
