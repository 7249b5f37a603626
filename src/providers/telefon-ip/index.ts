import { z } from 'zod'
import { RECORDS_LIMIT_BYTES, type Sent, send } from '../http.ts'
import {
  type Account,
  type OperatorRecord,
  type Provider,
  ProviderFault,
  type RecordsQuery,
} from '../provider.ts'
import { namesAnotherId, namesAnotherPhone } from '../read.ts'
import { redact } from '../redact.ts'
import { cleanPasted, commonSettings, faultOf } from '../shapes.ts'
import { judgeStrange } from '../strange.ts'
import { parseBillingCsv } from './csv.ts'
import {
  moscowDay,
  outcomeOf,
  readEnvelope,
  readPlaced,
  statusData,
  type Told,
  toBalance,
  toOperatorPhone,
  toRecords,
} from './wire.ts'

const credentials = z.strictObject({
  token: z
    .string()
    .transform(cleanPasted)
    .pipe(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{7,199}$/, 'must be the API token, e.g. 4ea13fbf-f5a3-…'),
    )
    .describe('The access token of the operator’s API'),
})
const settings = z.strictObject({
  ...commonSettings,
  sms_fallback: z
    .boolean()
    .default(false)
    .describe('Have the operator send an SMS with the code when the call is not delivered'),
})

export type TelefonIpCredentials = z.infer<typeof credentials>
export type TelefonIpSettings = z.infer<typeof settings>
type TelefonIpAccount = Account<TelefonIpCredentials, TelefonIpSettings>

/** The most rows that `get_billing_record` gives. */
const LAST_ROWS = 100
/** A span that ended no longer ago than this is looked for among the last rows first. */
const RECENT_MS = 2 * 60_000

/**
 * telefon-ip, `authcalls` API: flash calls to +7 numbers from a number whose last four digits the operator chooses.
 * The token is part of the path and codes are in the answers, so neither is ever quoted.
 */
export const telefonIp: Provider<TelefonIpCredentials, TelefonIpSettings> = {
  name: 'telefon-ip',
  credentials,
  settings,
  defaultBaseUrl: 'https://api.telefon-ip.ru',

  capabilities: ({ request_timeout_ms }) => ({
    codeOrigin: 'operator',
    codeLength: 4,
    prefixes: ['+7'],
    callOpenSeconds: 60,
    placeTimeoutMs: request_timeout_ms,
    recordsAreComplete: true,
    recordsTellPrices: true,
    silentOutcome: 'unknown',
  }),

  /** `get_code`, as the field notes describe it. */
  async place(account, { phone }) {
    const number = toOperatorPhone(phone)
    if (!number) {
      return {
        kind: 'refused',
        reason: 'invalid_phone',
        final: false,
        detail: 'this operator calls only +7 numbers',
      }
    }
    const sent = await ask(account, ['get_code', number], {
      query: account.settings.sms_fallback ? { sms: 'true' } : {},
    })
    if (sent.kind !== 'answer') return { kind: sent.kind, detail: sent.why }
    return readPlaced(sent, phone, [account.credentials.token])
  },

  /** `get_status`; `id record not found` is a fault: the call may still be found in the records. */
  async status(account, { callId, phone }) {
    const read = await data(account, ['get_status', callId]).catch(orFault)
    if (read instanceof ProviderFault) return { kind: 'fault', detail: read.message }
    const { data: call } = statusData.safeParse(read)
    if (!call) return { kind: 'fault', detail: 'a success without a status' }
    if (namesAnotherId(call.id, callId) || namesAnotherPhone(call.phone, phone)) {
      return { kind: 'fault', detail: 'a status of another call' }
    }
    const detail = redact(call.status_info, [account.credentials.token])
    const status = outcomeOf(call.status, call.status_info)
    if (!status) return { kind: 'open', detail }
    return { kind: 'final', result: { status, assumed: false, costMicros: call.price ?? null }, detail }
  },

  /**
   * Recent spans from `get_billing_record`, where its last 100 rows reach back far enough; everything else from
   * `post_billing_data` for the Moscow days of the span; where that cannot be read, from `get_billing_csv`.
   */
  async records(account, query) {
    const recent = query.to.getTime() > Date.now() - RECENT_MS ? await lastRecords(account, query) : null
    const records = recent ?? (await dayRecords(account, query))
    const [from, to] = [query.from.getTime(), query.to.getTime()]
    return records.filter(
      ({ at, phone }) =>
        at.getTime() >= from - 999 && at.getTime() <= to && (query.phone === null || query.phone === phone),
    )
  },

  /** `get_balance`. */
  async balance(account) {
    const balance = toBalance(await data(account, ['get_balance']))
    if (!balance) throw new ProviderFault('bad_answer', 'a success without a balance')
    return balance
  },
}

type AskOptions = { query?: Record<string, string>; json?: Record<string, string>; limitBytes?: number }

function ask(account: TelefonIpAccount, segments: string[], options: AskOptions = {}): Promise<Sent> {
  return send({
    baseUrl: account.baseUrl,
    segments: ['api', 'v1', 'authcalls', account.credentials.token, ...segments],
    lastSlash: true,
    query: options.query,
    method: options.json ? 'POST' : 'GET',
    headers: options.json ? { 'content-type': 'application/json' } : {},
    body: options.json && JSON.stringify(options.json),
    timeoutMs: account.settings.request_timeout_ms,
    limitBytes: options.limitBytes,
    allowPrivateTargets: account.allowPrivateTargets,
  })
}

/** `data` of a success; throws `ProviderFault` for everything else. */
async function data(
  account: TelefonIpAccount,
  segments: string[],
  options: AskOptions = {},
): Promise<unknown> {
  const sent = await ask(account, segments, options)
  if (sent.kind !== 'answer') throw faultOf(sent)
  return successOf(account, sent)
}

function successOf(account: TelefonIpAccount, answer: Told): unknown {
  const read = readEnvelope(answer)
  if (!read) throw new ProviderFault('bad_answer', judgeStrange(answer).why)
  if (read.success) return read.data
  const unauthorized = answer.status === 401 || /unauthori[sz]ed/i.test(read.error)
  const detail = redact(read.error, [account.credentials.token]) || `refused with HTTP ${answer.status}`
  throw new ProviderFault(unauthorized ? 'unauthorized' : 'refused', detail)
}

/** Null where the last rows do not reach back to the start of the span, or cannot be had. */
async function lastRecords(
  account: TelefonIpAccount,
  { from }: RecordsQuery,
): Promise<OperatorRecord[] | null> {
  const rows = await data(account, ['get_billing_record', String(LAST_ROWS)]).catch(orFault)
  if (rows instanceof ProviderFault && !isAboutThisMethod(rows)) throw rows
  if (!Array.isArray(rows)) return null
  const records = toRecords(rows, account.credentials.token)
  const reachesBack = rows.length < LAST_ROWS || records.some(({ at }) => at.getTime() < from.getTime() - 999)
  return reachesBack ? records : null
}

async function dayRecords(account: TelefonIpAccount, { from, to }: RecordsQuery): Promise<OperatorRecord[]> {
  const json = { start_date: moscowDay(from), end_date: moscowDay(to) }
  try {
    const rows = await data(account, ['post_billing_data'], { json, limitBytes: RECORDS_LIMIT_BYTES })
    if (!Array.isArray(rows)) throw new ProviderFault('bad_answer', 'a success without rows')
    return toRecords(rows, account.credentials.token)
  } catch (fault) {
    if (!(fault instanceof ProviderFault) || !isAboutThisMethod(fault)) throw fault
    const records = await billingCsv(account, from)
    if (!records) throw fault
    return records
  }
}

function orFault(error: unknown): ProviderFault {
  if (error instanceof ProviderFault) return error
  throw error
}

/** Whether another method may do better. */
function isAboutThisMethod({ reason }: ProviderFault): boolean {
  return reason === 'refused' || reason === 'bad_answer'
}

/** `get_billing_csv`: all records since the Moscow day of `from`; null where the answer is no table. Throws `ProviderFault`. */
export async function billingCsv(account: TelefonIpAccount, from: Date): Promise<OperatorRecord[] | null> {
  const sent = await ask(account, ['get_billing_csv', moscowDay(from)], { limitBytes: RECORDS_LIMIT_BYTES })
  if (sent.kind !== 'answer') throw faultOf(sent)
  const rows = sent.status === 200 ? parseBillingCsv(sent.text) : null
  return rows && toRecords(rows, account.credentials.token)
}
