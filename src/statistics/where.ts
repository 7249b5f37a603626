import type { Statement, Tag } from '../db/sql.ts'
import { idAfter, idBefore } from '../values/ids.ts'
import type { Span } from './spans.ts'

export type Owner = { tenantId: string; livemode: boolean }

/** The verifications `v` of an owner that started in a span. The ids let an index find them. */
export function startedIn(sql: Tag, { tenantId, livemode }: Owner, { from, to }: Span): Statement<object[]> {
  const [start, end] = [new Date(from), new Date(to)]
  return sql`
    v.tenant_id = ${tenantId} and v.livemode = ${livemode} and v.id between ${idBefore(start)} and ${idAfter(end)}
      and v.created_at >= ${start} and v.created_at < ${end}`
}
