import { statusOn } from '../../channels/reached.ts'
import { inWords, say } from '../../words/text.ts'
import { RECORDS_LIMIT_BYTES, type Sent, send } from '../http.ts'
import {
  type ChannelCapabilities,
  type PlaceOutcome,
  type Provider,
  ProviderFault,
  type RecordsQuery,
} from '../provider.ts'
import { namesAnotherId, namesAnotherPhone } from '../read.ts'
import { answeredAt, areOfOthers } from '../records.ts'
import { redact } from '../redact.ts'
import { faultOf, pollFault, refusalReason } from '../shapes.ts'
import { judgeStrange, strangeFault } from '../strange.ts'
import {
  credentials,
  settings,
  type TelefonIpAccount,
  type TelefonIpCredentials,
  type TelefonIpSettings,
} from './account.ts'
import { parseBillingCsv } from './csv.ts'
import { form } from './form.ts'
import { readChecked, readStarted } from './inbound.ts'
import {
  moscowDay,
  outcomeOf,
  readEnvelope,
  readPlaced,
  statusData,
  type Told,
  toBalance,
  toE164,
  toOperatorPhone,
  toRecords,
} from './wire.ts'

/** How many rows `get_billing_record` returns at most. */
const LAST_ROWS = 100
/** If a span ended more recently than this, try the last rows first. */
const RECENT_MS = 2 * 60_000
/** How far the operator's clock may be off, and how far west of Moscow its zone may be (UTC). */
const CLOCKS_MS = 15 * 60_000
const WEST_MS = 3 * 3_600_000

/** The actions that reach a phone; their `code` has at most four digits. */
const ACTIONS = { flash_call: 'get_code', sms: 'get_sms_code', telegram: 'get_tg_code' } as const
const CODE_LENGTH = 4

/** A message may wait for a phone that is switched off. */
const MESSAGE: ChannelCapabilities = {
  codeOrigin: 'ours',
  codeLength: { min: CODE_LENGTH, max: CODE_LENGTH },
  // `code`: at most four digits.
  carries: { min: 1, max: CODE_LENGTH },
  callOpenSeconds: 300,
  silentOutcome: 'unknown',
}

/** The operator waits for the call for 120 s; its word about a call of the last second may take a moment. */
const INBOUND: ChannelCapabilities = {
  codeOrigin: 'none',
  codeLength: { min: 0, max: 0 },
  callOpenSeconds: 123,
  silentOutcome: 'not_called',
}

/**
 * telefon-ip, `authcalls` API: flash calls to +7 numbers, whose last four digits the operator chooses, our
 * codes by SMS and Telegram, and numbers for a person to call. The path contains the token and answers contain codes, so never quote either.
 */
export const telefonIp: Provider<TelefonIpCredentials, TelefonIpSettings> = {
  name: 'telefon-ip',
  credentials,
  settings,
  form,
  defaultBaseUrl: 'https://api.telefon-ip.ru',

  capabilities: ({ request_timeout_ms }) => ({
    channels: {
      flash_call: {
        codeOrigin: 'operator',
        codeLength: { min: CODE_LENGTH, max: CODE_LENGTH },
        callOpenSeconds: 60,
        silentOutcome: 'unknown',
      },
      sms: MESSAGE,
      telegram: MESSAGE,
      inbound_call: INBOUND,
    },
    prefixes: ['+7'],
    placeTimeoutMs: request_timeout_ms,
    recordsAreComplete: true,
    recordsTellPrices: true,
  }),

  /**
   * `get_code`, or `get_sms_code` and `get_tg_code` with our code, or `reverse_auth_phone_get` and, with a
   * webhook, `reverse_auth_phone_post`. The operator's document does not describe them: as programs in
   * production use them.
   */
  async place(account, { channel, phone, code, webhook }) {
    const number = toOperatorPhone(phone)
    if (!number) {
      return {
        kind: 'refused',
        reason: 'invalid_phone',
        final: false,
        detail: 'this operator reaches only +7 numbers',
      }
    }
    if (channel === 'inbound_call') return startInbound(account, { phone, number, webhook: webhook ?? null })
    const action = channel in ACTIONS ? ACTIONS[channel as keyof typeof ACTIONS] : null
    if (!action) return { kind: 'not_sent', detail: `this operator has no channel ${channel}` }
    if (channel !== 'flash_call' && !(code && code.length <= CODE_LENGTH)) {
      return { kind: 'not_sent', detail: `the code must have ${CODE_LENGTH} digits at most` }
    }
    const sent = await ask(account, [action, number], { query: code === null ? {} : { code } })
    if (sent.kind !== 'answer') return { kind: sent.kind, detail: inWords('en', sent.why) }
    const secrets = [account.credentials.token, code ?? ''].filter((secret) => secret !== '')
    return readPlaced(sent, { channel, phone, code }, secrets)
  },

  /** `get_status`, or `reverse_auth_phone_check`. `id record not found` is a fault: the records may still contain the call. */
  async status(account, { channel, callId, phone }) {
    const isInbound = channel === 'inbound_call'
    const asked = isInbound
      ? data(account, ['reverse_auth_phone_check', callId], { lastSlash: false })
      : data(account, ['get_status', callId])
    const read = await asked.catch(orFault)
    if (read instanceof ProviderFault) return pollFault(read)
    if (isInbound) return readChecked(read, { callId, phone })
    const { data: call } = statusData.safeParse(read)
    if (!call) return { kind: 'fault', detail: 'a success without a status' }
    if (namesAnotherId(call.id, callId) || namesAnotherPhone(call.phone, phone)) {
      return { kind: 'fault', detail: 'the status is of another call' }
    }
    const detail = redact(call.status_info, [account.credentials.token])
    const outcome = outcomeOf(call.status, call.status_info, channel)
    if (!outcome) return { kind: 'open', detail }
    const status = statusOn(channel, outcome)
    return { kind: 'final', result: { status, assumed: false, costMicros: call.price ?? null }, detail }
  },

  /**
   * Reads recent spans from `get_billing_record` if its last 100 rows reach back far enough; others from
   * `post_billing_data` for the Moscow days of the span, or, if that cannot be read, from `get_billing_csv`.
   */
  async records(account, query) {
    const recent = query.to.getTime() > Date.now() - RECENT_MS ? await lastRows(account, query) : null
    const told = recent ?? (await daysRows(account, query))
    const { rows, undated } = toRecords(told.rows, account.credentials.token)
    return { rows, answeredAt: told.answeredAt, isWhole: areOfOthers(undated, query) }
  },

  /** `get_balance`. */
  async balance(account) {
    const balance = toBalance(await data(account, ['get_balance']))
    if (!balance) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'balance' }))
    return balance
  },

  /** As the operator requests the webhook: `?success=True&phone=89000000000&id=000000`. */
  callerOf: ({ phone }) => toE164(phone),

  sandboxCredentials: ({ key }) => ({ token: key }),
}

async function startInbound(
  account: TelefonIpAccount,
  { phone, number, webhook }: { phone: string; number: string; webhook: string | null },
): Promise<PlaceOutcome> {
  const askedAt = Date.now()
  const sent = webhook
    ? await ask(account, ['reverse_auth_phone_post'], { json: { phone: number, webhook }, lastSlash: false })
    : await ask(account, ['reverse_auth_phone_get'], { query: { phone: number }, lastSlash: false })
  if (sent.kind !== 'answer') return { kind: sent.kind, detail: inWords('en', sent.why) }
  const secrets = [account.credentials.token, webhook ?? '', webhook?.split('/').at(-1) ?? '']
  return readStarted(sent, phone, { askedAt, secrets })
}

type AskOptions = {
  query?: Record<string, string>
  json?: Record<string, string>
  limitBytes?: number
  lastSlash?: boolean
}

function ask(account: TelefonIpAccount, segments: string[], options: AskOptions = {}): Promise<Sent> {
  return send({
    baseUrl: account.baseUrl,
    segments: ['api', 'v1', 'authcalls', account.credentials.token, ...segments],
    lastSlash: options.lastSlash ?? true,
    query: options.query,
    method: options.json ? 'POST' : 'GET',
    headers: options.json ? { 'content-type': 'application/json' } : {},
    body: options.json && JSON.stringify(options.json),
    timeoutMs: account.settings.request_timeout_ms,
    limitBytes: options.limitBytes,
    allowPrivateTargets: account.allowPrivateTargets,
    isStopped: account.isStopped,
  })
}

/** The `data` of a success. Throws `ProviderFault` for everything else. */
async function data(account: TelefonIpAccount, segments: string[], options?: AskOptions): Promise<unknown> {
  const sent = await ask(account, segments, options)
  if (sent.kind !== 'answer') throw faultOf(sent)
  return successOf(account, sent)
}

function successOf(account: TelefonIpAccount, answer: Told): unknown {
  const read = readEnvelope(answer)
  if (!read) throw strangeFault(judgeStrange(answer))
  if (read.success) return read.data
  const unauthorized = refusalReason(answer.status, read.error) === 'unauthorized'
  const detail = redact(read.error, [account.credentials.token]) || `refused with HTTP ${answer.status}`
  throw new ProviderFault(unauthorized ? 'unauthorized' : 'refused', detail)
}

type Rows = { rows: unknown[]; answeredAt: Date | null }

/** The `data` of a success as rows, with the operator's clock. Throws `ProviderFault`. */
async function rowsOf(account: TelefonIpAccount, segments: string[], options?: AskOptions): Promise<Rows> {
  const sent = await ask(account, segments, options)
  if (sent.kind !== 'answer') throw faultOf(sent)
  const rows = successOf(account, sent)
  if (!Array.isArray(rows)) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'rows' }))
  return { rows, answeredAt: answeredAt(sent) }
}

/** The last rows; null if they do not reach back to the start of the span or cannot be read. */
async function lastRows(account: TelefonIpAccount, { from }: RecordsQuery): Promise<Rows | null> {
  const told = await rowsOf(account, ['get_billing_record', String(LAST_ROWS)]).catch(orFault)
  if (!(told instanceof ProviderFault)) {
    return told.rows.length < LAST_ROWS || isLongerThan(Date.now() - from.getTime(), told.rows) ? told : null
  }
  if (!isAboutThisMethod(told)) throw told
  return null
}

/** Whether more than `ms` lie between the first and the last row, whatever their clock and zone. */
function isLongerThan(ms: number, rows: readonly unknown[]): boolean {
  const times = toRecords(rows, '').rows.map(({ at }) => at.getTime())
  return Math.max(...times) - Math.min(...times) > ms + CLOCKS_MS
}

async function daysRows(account: TelefonIpAccount, { from, to }: RecordsQuery): Promise<Rows> {
  const first = new Date(from.getTime() - WEST_MS - CLOCKS_MS)
  const last = new Date(to.getTime() + CLOCKS_MS)
  const json = { start_date: moscowDay(first), end_date: moscowDay(last) }
  try {
    return await rowsOf(account, ['post_billing_data'], { json, limitBytes: RECORDS_LIMIT_BYTES })
  } catch (fault) {
    if (!(fault instanceof ProviderFault) || !isAboutThisMethod(fault)) throw fault
    const told = await billingCsv(account, first)
    if (!told) throw fault
    return told
  }
}

function orFault(error: unknown): ProviderFault {
  if (error instanceof ProviderFault) return error
  throw error
}

/** Whether another method may succeed. */
function isAboutThisMethod({ reason }: ProviderFault): boolean {
  return reason === 'refused' || reason === 'bad_answer'
}

/**
 * `get_billing_csv`: all rows since the Moscow day of `from`; null if the answer is not a table. Throws
 * `ProviderFault`.
 */
async function billingCsv(account: TelefonIpAccount, from: Date): Promise<Rows | null> {
  const sent = await ask(account, ['get_billing_csv', moscowDay(from)], { limitBytes: RECORDS_LIMIT_BYTES })
  if (sent.kind !== 'answer') throw faultOf(sent)
  const rows = sent.status === 200 ? parseBillingCsv(sent.text) : null
  return rows && { rows, answeredAt: answeredAt(sent) }
}
