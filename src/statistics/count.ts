import { LAST_CALL, PREFIX, WAS_REACHED } from '../db/conditions.ts'
import type { DIMENSIONS } from '../db/schema/statistics.ts'
import type { Statement, Tag } from '../db/sql.ts'
import { BUCKET_RATIO } from './times.ts'

export type Dimension = (typeof DIMENSIONS)[number]

/** Of a verification: started, or denied before any call. */
const IS_STARTED = `status <> 'denied'`

/** Whether a verification counts in conversions: we check its code. */
const COUNTS_IN_CONVERSION = `${IS_STARTED} and compat_credential_id is null`

/** The bucket of a span in SQL: `bucketOf` of `times.ts`. */
const bucket = (from: string, to: string) =>
  `ceil(ln(greatest(extract(epoch from ${to} - ${from}), 0.001)) / ln(${BUCKET_RATIO}))::int`

/** What a verification counts as, each name once. */
const NAMES = `array[
    case when ${IS_STARTED} then 'started' else 'denied' end,
    case when ${COUNTS_IN_CONVERSION} then 'converting' end,
    case when ${WAS_REACHED} then 'delivered' end,
    case when delivered_at is not null then 'deliver ' || ${bucket('created_at', 'delivered_at')} end,
    case when status = 'approved' then 'approved' end,
    case when status = 'approved' then 'approve ' || ${bucket('created_at', 'completed_at')} end,
    case when status = 'failed' then 'failed' end
  ] || (select array_agg('feedback ' || reason) from unnest(feedback) as reason)`

/**
 * A select of `dimension`, `hour`, `key`, `name`, `count` over the verifications for which `where` holds (their alias is
 * `v`). A verification counts once in each dimension: under the provider of its last call, its channel at its end and
 * the last carrier that an operator named. Money counts under the provider and channel of its call.
 */
export function countOf(
  sql: Tag,
  where: Statement<object[]>,
  dimensions: readonly Dimension[],
): Statement<object[]> {
  return sql`
    with picked as materialized (
      select v.id, v.status, v.created_at, v.delivered_at, v.completed_at, v.feedback, v.channel,
        v.compat_credential_id,
        date_trunc('hour', v.created_at, 'UTC') as hour, ${sql.unsafe(PREFIX)} as prefix,
        coalesce(v.country, '') as country, coalesce(a.carrier, '') as carrier, coalesce(a.provider, '') as provider
      from verifications v
      left join lateral (${sql.unsafe(LAST_CALL)} where verification_id = v.id) a on true
      where ${where}
    ), counted as (
      select hour, country, prefix, carrier, provider, channel, name, count(*) as count
      from picked cross join lateral unnest(${sql.unsafe(NAMES)}) as n (name)
      where name is not null
      group by 1, 2, 3, 4, 5, 6, 7
      union all
      select p.hour, p.country, p.prefix, p.carrier, coalesce(a.provider, ''), a.channel, m.name, sum(m.micros)::bigint
      from picked p join attempts a on a.verification_id = p.id
      cross join lateral (values
        ('cost ' || a.cost_currency, a.cost_micros),
        ('price ' || a.price_currency, case when a.charge = 'captured' then a.price_micros end)) as m (name, micros)
      where m.micros <> 0 and m.name is not null
      group by 1, 2, 3, 4, 5, 6, 7
    )
    select d.dimension, hour, d.key, name, sum(count)::bigint as count
    from counted cross join lateral (values
      ('total', ''), ('country', country), ('prefix', prefix), ('carrier', carrier), ('provider', provider),
      ('channel', channel)) as d (dimension, key)
    where d.dimension = any(${[...dimensions]}::text[])
    group by 1, 2, 3, 4`
}
