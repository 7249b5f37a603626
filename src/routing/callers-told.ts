import type { Tx } from '../db/client.ts'
import type { Observed } from './observations.ts'

const DAYS_KEPT = 60

/** Adds up, by account and UTC day, whose calling number was replaced; forgets days older than sixty. */
export async function reportCallers(tx: Tx, { callers }: Pick<Observed, 'callers'>): Promise<void> {
  if (callers.size === 0) return
  const rows = JSON.stringify([...callers].map(([account_id, counts]) => ({ account_id, ...counts })))
  await tx`
    insert into account_number_days as d (account_id, day, told, replaced)
    select account_id, (now() at time zone 'UTC')::date, told, replaced
    from json_to_recordset(${rows}::json) as k (account_id uuid, told int, replaced int) order by account_id
    on conflict (account_id, day) do update set told = d.told + excluded.told, replaced = d.replaced + excluded.replaced`
  await tx`
    delete from account_number_days
    where account_id = any(${[...callers.keys()]}::uuid[]) and day < (now() at time zone 'UTC')::date - ${DAYS_KEPT}::int`
}
