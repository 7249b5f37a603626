import { isRefusedLiteral } from '../../process/targets.ts'
import { trunkOf } from '../sip/settings.ts'
import { lineFor, type TeleumAccount } from './account.ts'

/** A line that has just ended a call may still be busy with it at the gateway. */
const CALLS_OF_LINE = 2
/** Of a line that calls from every number. The account's own limits are kept before. */
const CALLS_OF_ALL = 1_000

/**
 * The trunk that calls from a number (E.164): its line, or the first line if `From` names the number. Null if there
 * is none, or its server is an address that the gateway must not be sent to. `user` and `password` are the line's;
 * the operator shows the number that it has for it.
 */
export function trunkFor(account: TeleumAccount, number: string) {
  const line = lineFor(account, number)
  const { server, port, transport, caller_id_by, ...settings } = account.settings
  if (!line || server === null) return null
  if (!account.allowPrivateTargets && isRefusedLiteral(server)) return null
  const byLine = caller_id_by === 'line'
  return {
    id: `${account.id}-${line.number.slice(1)}`,
    settings: trunkOf(
      { server, transport, ...(port !== null && { port }) },
      { username: line.user, password: line.password },
      {
        ...settings,
        // Without `from`, the line itself stands there.
        caller_id_in: byLine ? ['pai'] : ['from', 'pai'],
        max_in_flight: byLine ? CALLS_OF_LINE : CALLS_OF_ALL,
        max_per_second: CALLS_OF_ALL,
        options_seconds: 0,
      },
    ),
  }
}
