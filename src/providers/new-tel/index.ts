import { inWords, say } from '../../words/text.ts'
import { carrierOf } from '../carrier.ts'
import { type Answer, RECORDS_LIMIT_BYTES, type Sent, send } from '../http.ts'
import { type Provider, ProviderFault, type StatusOutcome } from '../provider.ts'
import { id, namesAnotherId, namesAnotherPhone } from '../read.ts'
import { answeredAt, areOfOthers } from '../records.ts'
import { redact } from '../redact.ts'
import { faultOf, pollFault, refusalReason } from '../shapes.ts'
import { strangeFault } from '../strange.ts'
import {
  credentials,
  type NewTelAccount,
  type NewTelCredentials,
  type NewTelSettings,
  settings,
} from './account.ts'
import { form } from './form.ts'
import { bearerOf, signs } from './signature.ts'
import {
  callDetails,
  companyState,
  judge,
  readPlaced,
  resultOf,
  toBalance,
  toOperatorPhone,
  toRecords,
  type Verdict,
  VPBX_MARK,
  vpbxCall,
  vpbxResultOf,
} from './wire.ts'

/** How long after its timeout a call may take to appear as ended. */
const CALL_MARGIN_SECONDS = 10

const placeTimeoutMs = ({ synchronous, call_timeout_seconds, request_timeout_ms }: NewTelSettings) =>
  request_timeout_ms + (synchronous ? call_timeout_seconds * 1_000 : 0)

/**
 * New-Tel, CallPassword: flash calls from a number that ends with our pin. Requests and answers are signed;
 * an answer without the right signature is not believed.
 */
export const newTel: Provider<NewTelCredentials, NewTelSettings> = {
  name: 'new-tel',
  credentials,
  settings,
  form,
  defaultBaseUrl: 'https://api.new-tel.net',

  capabilities: (chosen) => ({
    channels: {
      flash_call: {
        codeOrigin: 'ours',
        codeLength: { min: chosen.pin_length, max: chosen.pin_length },
        ...(chosen.both_pin_lengths && { carries: { min: 4, max: 5 } }),
        callOpenSeconds: chosen.call_timeout_seconds + CALL_MARGIN_SECONDS,
        silentOutcome: 'no_answer',
      },
    },
    prefixes: [],
    placeTimeoutMs: placeTimeoutMs(chosen),
    recordsAreComplete: false,
    recordsTellPrices: false,
  }),

  /** `{call,call-password}/start-password-call` ("Инициирование вызова системы CallPassword"). */
  async place(account, { phone, code }) {
    const { method_prefix, pin_length, both_pin_lengths, call_timeout_seconds, synchronous } =
      account.settings
    const dstNumber = toOperatorPhone(phone)
    if (!dstNumber) {
      return {
        kind: 'refused',
        reason: 'invalid_phone',
        final: false,
        detail: 'this operator cannot call this number',
      }
    }
    const isTaken = both_pin_lengths ? /^\d{4,5}$/.test(code ?? '') : code?.length === pin_length
    if (!code || !isTaken) return { kind: 'not_sent', detail: `the code must have ${pin_length} digits` }
    const params = { async: synchronous ? 0 : 1, dstNumber, pin: code, timeout: call_timeout_seconds }
    const verdict = await ask(account, `${method_prefix}/start-password-call`, params, {
      timeoutMs: placeTimeoutMs(account.settings),
    })
    if (verdict.kind === 'not_sent' || verdict.kind === 'unclear')
      return { kind: verdict.kind, detail: inWords('en', verdict.why) }
    return readPlaced(verdict, code, secretsOf(account))
  },

  /**
   * With the prefix `call-password`, asks `get-password-call-status`. With `call`, asks `call/get-vpbx-id`
   * and then `vpbx/get-call-details`. An unanswered call may never appear there, so "not found" leaves it
   * open.
   */
  async status(account, call) {
    try {
      if (call.callId.startsWith(VPBX_MARK)) {
        return await vpbxStatus(account, call.callId.slice(VPBX_MARK.length), call.phone)
      }
      const params = { callId: call.callId }
      if (account.settings.method_prefix === 'call-password') {
        const found = await data(account, 'call-password/get-password-call-status', params)
        const { data: details } = callDetails.safeParse(found.callDetails)
        if (!details || namesAnotherId(details.callId, call.callId))
          return { kind: 'fault', detail: 'the status is missing or of another call' }
        const carrier = carrierOf(details.oper, secretsOf(account))
        return { ...outcomeOf(resultOf(details), redact(details.status, secretsOf(account))), carrier }
      }
      const { data: vpbxId } = id.safeParse((await data(account, 'call/get-vpbx-id', params)).vpbxId)
      if (!vpbxId) return { kind: 'fault', detail: 'a success without an id' }
      return await vpbxStatus(account, vpbxId, call.phone)
    } catch (fault) {
      if (fault instanceof NotFound) return { kind: 'open', detail: fault.message }
      if (fault instanceof ProviderFault) return pollFault(fault)
      throw fault
    }
  },

  /** `vpbx/get-calls`: the last 24 hours, possibly without unanswered calls. */
  async records(account, query) {
    let answered: Date | null = null
    const onAnswer = (answer: Answer) => {
      answered = answeredAt(answer)
    }
    const { calls } = await data(account, 'vpbx/get-calls', null, {
      limitBytes: RECORDS_LIMIT_BYTES,
      onAnswer,
    })
    if (!Array.isArray(calls))
      throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'calls' }))
    const { rows, undated } = toRecords(calls)
    return { rows, answeredAt: answered, isWhole: areOfOthers(undated, query) }
  },

  /** `company/get-state`, the only method that also answers for a blocked account. */
  async balance(account) {
    const { data: state } = companyState.safeParse((await data(account, 'company/get-state', null)).state)
    if (!state) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'state' }))
    const balance = toBalance(state)
    if (!balance) throw new ProviderFault('refused', say('note_balance_untold'))
    const empty = balance.balanceMicros <= balance.limitMicros
    if (['blocked', 'suspended'].includes(state.status) && !empty) {
      throw new ProviderFault('refused', `the operator says that the account is ${state.status}`)
    }
    return balance
  },

  sandboxSettings: { both_pin_lengths: true },
  sandboxCredentials: ({ key, signKey }) => ({ access_key: key, sign_key: signKey }),
}

class NotFound extends ProviderFault {}

type Params = Record<string, string | number> | null
type AskOptions = { timeoutMs?: number; limitBytes?: number; onAnswer?: (answer: Answer) => void }

/** Sends one signed request. Without parameters the body is `""`, as in the document's example. */
async function ask(
  account: NewTelAccount,
  method: string,
  params: Params,
  options: AskOptions = {},
): Promise<Verdict | Exclude<Sent, { kind: 'answer' }>> {
  const body = JSON.stringify(params ?? '')
  const request = {
    method,
    time: String(Math.floor(Date.now() / 1_000)),
    accessKey: account.credentials.access_key,
    signKey: account.credentials.sign_key,
  }
  const sent = await send({
    baseUrl: account.baseUrl,
    segments: method.split('/'),
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${bearerOf({ ...request, content: body })}`,
    },
    body,
    timeoutMs: options.timeoutMs ?? account.settings.request_timeout_ms,
    limitBytes: options.limitBytes,
    allowPrivateTargets: account.allowPrivateTargets,
    isStopped: account.isStopped,
  })
  if (sent.kind !== 'answer') return sent
  options.onAnswer?.(sent)
  const signature = sent.headers.signature
  if (signature === undefined) return judge(sent, 'missing')
  return judge(sent, signs(signature, request, sent) ? 'right' : 'wrong')
}

/**
 * The `data` of a success. Throws `NotFound` for a call that the operator does not know, and `ProviderFault`
 * otherwise.
 */
async function data(
  account: NewTelAccount,
  method: string,
  params: Params,
  options?: AskOptions,
): Promise<Record<string, unknown>> {
  const verdict = await ask(account, method, params, options)
  if (verdict.kind === 'success') return verdict.data
  if (verdict.kind === 'unbelievable') throw strangeFault(verdict)
  if (verdict.kind !== 'error') throw faultOf(verdict)
  const detail = redact(verdict.message, secretsOf(account)) || `refused with HTTP ${verdict.httpStatus}`
  if (/^call not found/i.test(verdict.message)) throw new NotFound('refused', detail)
  const unauthorized = refusalReason(verdict.httpStatus, verdict.message) === 'unauthorized'
  throw new ProviderFault(unauthorized ? 'unauthorized' : 'refused', detail)
}

async function vpbxStatus(account: NewTelAccount, vpbxId: string, phone: string): Promise<StatusOutcome> {
  const found = await data(account, 'vpbx/get-call-details', { vpbxId })
  const { data: call } = vpbxCall.safeParse(found.callDetails)
  if (!call || namesAnotherId(call.vpbxId, vpbxId) || namesAnotherPhone(call.dnid, phone)) {
    return { kind: 'fault', detail: 'the details are missing or of another call' }
  }
  const carrier = carrierOf(call.oper, secretsOf(account))
  return { ...outcomeOf(vpbxResultOf(call), redact(call.status, secretsOf(account))), carrier }
}

function outcomeOf(
  result: ReturnType<typeof resultOf>,
  detail: string,
): Extract<StatusOutcome, { kind: 'final' | 'open' }> {
  return result ? { kind: 'final', result, detail } : { kind: 'open', detail }
}

function secretsOf({ credentials: { access_key, sign_key } }: NewTelAccount): string[] {
  return [access_key, sign_key]
}
