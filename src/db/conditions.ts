import { CHANNELS, REACHED_STATUSES } from '../values/statuses.ts'

/**
 * `status in ('pending', …)`, with the values in the text so that partial indexes match. For constants only.
 */
export const isOneOf = (column: string, values: readonly string[]): string =>
  `${column} in (${values.map((value) => `'${value}'`).join(', ')})`

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
