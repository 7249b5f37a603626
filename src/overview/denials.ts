import { type ClientContext, readersOf } from '../context.ts'
import { IS_RARE_ROW } from '../db/schema/audit.ts'
import { idAfter, idBefore } from '../values/ids.ts'

const EVENTS_MAX = 100_000
/** The types of the rows that end with a denial. */
const ROWS = ['verification.denied', 'hook.answered verification.denied']

/** Denials per rule in a span, most frequent rule first, among the newest hundred thousand. */
export async function denialsByRule(
  context: ClientContext,
  { from, to }: { from: Date; to: Date },
): Promise<{ rule: string; count: number }[]> {
  const { actor } = context
  const { sql } = readersOf(context)
  const rows = await sql<{ rule: string | null; count: bigint }[]>`
    select split_part(data, E'\\n', -1)::jsonb ->> 'rule' as rule, count(*) as count from (
      select data from audit_events
      where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode} and hashtext(type) = any(array(select hashtext(row) from unnest(${ROWS}::text[]) row)) and type = any(${ROWS})
        and ${sql.unsafe(IS_RARE_ROW)}
        and id between ${idBefore(from)} and ${idAfter(to)} and at between ${from} and ${to}
      order by id desc limit ${EVENTS_MAX}) e
    group by 1 order by 2 desc, 1`
  return rows.map(({ rule, count }) => ({ rule: rule ?? '', count: Number(count) }))
}
