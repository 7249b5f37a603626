import { type ClientContext, readersOf } from '../context.ts'
import { idAfter, idBefore } from '../values/ids.ts'

const EVENTS_MAX = 100_000

/** Denials per rule in a span, most frequent rule first, among the newest hundred thousand. */
export async function denialsByRule(
  context: ClientContext,
  { from, to }: { from: Date; to: Date },
): Promise<{ rule: string; count: number }[]> {
  const { actor } = context
  const rows = await readersOf(context).sql<{ rule: string | null; count: bigint }[]>`
    select data::jsonb ->> 'rule' as rule, count(*) as count from (
      select data from audit_events
      where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode} and type = 'verification.denied'
        and id between ${idBefore(from)} and ${idAfter(to)} and at between ${from} and ${to}
      order by id desc limit ${EVENTS_MAX}) e
    group by 1 order by 2 desc, 1`
  return rows.map(({ rule, count }) => ({ rule: rule ?? '', count: Number(count) }))
}
