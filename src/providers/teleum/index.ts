import { say } from '../../words/text.ts'
import { type Provider, ProviderFault } from '../provider.ts'
import { areOfOthers } from '../records.ts'
import {
  callOpenSeconds,
  hangUpOverSip,
  placeOverSip,
  recordsOverSip,
  restartTrunks,
  statusOverSip,
} from '../sip/calls.ts'
import {
  credentials,
  numbersOf,
  secretsOf,
  settings,
  type TeleumCredentials,
  type TeleumSettings,
} from './account.ts'
import { form } from './form.ts'
import { trunkFor } from './lines.ts'
import { isOwnNumber, ownNumbers } from './numbers.ts'
import { readReport } from './report.ts'
import { answersOverTls, ask } from './request.ts'
import { balance, CURRENCY, toRecords } from './wire.ts'

/** The fields without which no call is possible. */
const LACKING = { lines: 'credentials.lines', server: 'settings.server' }

/**
 * Teleum, subscriber API v3, which places no calls: the account's SIP lines do, through the gateway. The API says
 * the balance, the numbers and, for reconciliation, which calls were made. It is never on the path of a call.
 */
export const teleum: Provider<TeleumCredentials, TeleumSettings> = {
  name: 'teleum',
  credentials,
  settings,
  form,
  defaultBaseUrl: 'http://bill.tech.teleum.com/api/v3',
  plainHttp: true,

  capabilities(chosen, given) {
    const numbers = numbersOf(chosen, given ?? null)
    const canCall = chosen.server !== null && (given === undefined || numbers.length > 0)
    const digits = chosen.code_length
    return {
      channels: {
        ...(canCall && {
          flash_call: {
            codeOrigin: 'pool',
            codeLength: { min: digits, max: digits },
            pool: { numbers, lines: true },
            callOpenSeconds: callOpenSeconds(chosen),
            silentOutcome: 'unknown',
          },
        }),
      },
      needs: canCall ? {} : { flash_call: say('needs_lines', LACKING) },
      prefixes: [],
      placeTimeoutMs: chosen.request_timeout_ms,
      recordsAreComplete: true,
      recordsTellPrices: false,
    }
  },

  async place(account, call) {
    const trunk = call.callerId ? trunkFor(account, call.callerId) : null
    if (!trunk) return { kind: 'not_sent', detail: 'no line calls from this number' }
    return placeOverSip(account, trunk, call)
  },
  status: statusOverSip,
  hangUp: hangUpOverSip,

  /**
   * `reportCalls` for all phones. The calls of one phone are wanted at once, to find one whose answer was lost: the
   * gateway's journal has them, the report a minute later.
   */
  async records(account, query) {
    if (query.phone !== null) return recordsOverSip(account, query, account.settings.code_length)
    const { rows, answeredAt } = await readReport(account, query)
    const read = toRecords(rows, {
      isOwn: isOwnNumber(account),
      codeLength: account.settings.code_length,
      secrets: secretsOf(account),
    })
    return { rows: read.rows, answeredAt, isWhole: areOfOthers(read.undated, query) }
  },

  /** `balance`. ASSUMPTION: calls are placed down to zero. */
  async balance(account) {
    const { data } = balance.safeParse((await ask(account, 'balance')).value)
    if (!data) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'balance' }))
    return { balanceMicros: data.balance, currency: CURRENCY, limitMicros: 0n, callPriceMicros: null }
  },

  ownNumbers,

  /** A gateway that does not answer has no stopped lines: it keeps them in memory. */
  async restart(account) {
    if (account.settings.server !== null) await restartTrunks(account).catch(ignoreFault)
  },

  async warning(account) {
    const { settings: chosen, credentials: given } = account
    if (chosen.server === null || numbersOf(chosen, given).length === 0) return say('check_no_lines', LACKING)
    if (!/^http:/i.test(account.baseUrl)) return null
    return say((await answersOverTls(account)) ? 'check_https_works' : 'check_http_only')
  },

  /** Without lines: test calls go through the other operators. */
  sandboxCredentials: ({ key }) => ({ email: `${key.slice(0, 32)}@sandbox.example`, password: key }),
}

function ignoreFault(error: unknown): void {
  if (!(error instanceof ProviderFault)) throw error
}
