import { CHANNELS } from '../channels/channels.ts'
import { REACHED_STATUSES } from '../channels/reached.ts'
import type { Tag } from './sql.ts'

/**
 * `status in ('pending', …)`, with the values in the text so that partial indexes match. For constants only.
 */
export const isOneOf = (column: string, values: readonly string[]): string =>
  `${column} in (${values.map((value) => `'${value}'`).join(', ')})`

/** A verification's phone. The index finds it among the phones with the same last four digits. */
export const isPhone = (sql: Tag, phone: string, table = 'v') =>
  sql`and right(${sql.unsafe(table)}.phone, 4) = right(${phone}::text, 4) and ${sql.unsafe(table)}.phone = ${phone}`

/** Whether the attempts of a table or alias reached their phones: `hasReached` in SQL. */
export const haveReached = (attempts: string): string =>
  `(${CHANNELS.filter((channel) => REACHED_STATUSES[channel].length > 0)
    .map(
      (channel) =>
        `${attempts}.channel = '${channel}' and ${isOneOf(`${attempts}.status`, REACHED_STATUSES[channel])}`,
    )
    .join(' or ')})`

/** Whether a verification reached its phone: the operator reported it, or the right code came first. */
export const WAS_REACHED = `(delivered_at is not null or status = 'approved')`

/** The prefix of a verification's phone, as in routing: without its last seven digits. */
export const PREFIX = `case when phone like '+%' then left(phone, greatest(4, length(phone) - 7)) else 'erased' end`

/** A select of the provider of a verification's last call and the last carrier that an operator named; lacks its `where`. */
export const LAST_CALL = `select (array_agg(provider order by ordinal desc) filter (where placing_at is not null))[1] as provider,
  (array_agg(carrier ->> 'name' order by ordinal desc) filter (where carrier is not null))[1] as carrier
  from attempts`
