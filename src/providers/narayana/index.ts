import { inWords, say } from '../../words/text.ts'
import { readTime } from '../dates.ts'
import { RECORDS_LIMIT_BYTES } from '../http.ts'
import {
  type CallRequest,
  type PlacedCall,
  type PlaceOutcome,
  type Provider,
  ProviderFault,
  type StatusOutcome,
} from '../provider.ts'
import { amountMicros, integer, namesAnotherPhone, text } from '../read.ts'
import { areOfOthers } from '../records.ts'
import { redact } from '../redact.ts'
import { pollFault } from '../shapes.ts'
import { detailOf, meaningOf } from './answers.ts'
import { form } from './form.ts'
import { hasIds, isOf, readLog } from './log.ts'
import {
  ask,
  credentials,
  type NarayanaAccount,
  type NarayanaCredentials,
  type NarayanaSettings,
  secretsOf,
  settings,
  valueFrom,
} from './request.ts'
import {
  CURRENCY,
  didRow,
  type Entry,
  endingOf,
  offsetOf,
  outcomeOf,
  toE164,
  toOperatorPhone,
  toRecords,
  uniqueId,
} from './wire.ts'

/** A row may appear this long after the phone stopped ringing. */
const LOG_MARGIN_SECONDS = 30
const MESSAGE_OPEN_SECONDS = 300
/** When a row of a call may be dated, around our time of its acceptance. */
const EARLY_MS = 5_000
const LATE_MS = 60_000
/** Callbacks have no id: this is what we call them. */
const CALLBACK_MARK = 'log:'
const FLASH_CODE_LENGTH = 4
const OURS = { codeOrigin: 'ours', codeLength: { min: 4, max: 8 }, silentOutcome: 'unknown' } as const
/** Active, and protected from being blocked («Пользователь», `active`). */
const ACTIVE = [1, 99]

const flashCodeLength = ({ code_length }: NarayanaSettings) => code_length ?? FLASH_CODE_LENGTH

/**
 * Narayana, Billing API 2.2: voice codes, SMS, and flash calls from numbers that the account rents. The path
 * contains the key, and one request with a wrong key bans our address. Nothing comes back to us, so the log
 * (`getLogs`) says how calls ended.
 */
export const narayana: Provider<NarayanaCredentials, NarayanaSettings> = {
  name: 'narayana',
  credentials,
  settings,
  form,
  defaultBaseUrl: 'https://rdx.narayana.im/billing/api',
  currency: CURRENCY,
  stopShared: true,

  capabilities(chosen) {
    const callOpenSeconds = chosen.ring_seconds_assumed + LOG_MARGIN_SECONDS
    const digits = flashCodeLength(chosen)
    const { numbers } = chosen
    return {
      channels: {
        ...(numbers && {
          flash_call: {
            codeOrigin: 'pool',
            codeLength: { min: digits, max: digits },
            pool: { numbers, lines: false },
            callOpenSeconds,
            silentOutcome: 'unknown',
          },
        }),
        voice: { ...OURS, text: 'voice', callOpenSeconds },
        sms: { ...OURS, text: 'sms', callOpenSeconds: MESSAGE_OPEN_SECONDS },
      },
      needs: numbers ? {} : { flash_call: say('needs_numbers', { numbers: 'settings.numbers' }) },
      prefixes: [],
      placeTimeoutMs: chosen.request_timeout_ms,
      recordsAreComplete: true,
      recordsTellPrices: true,
    }
  },

  /** `sendVoiceMessage`, `createCallback` or `sendSMS`. */
  async place(account, call) {
    const to = toOperatorPhone(call.phone)
    if (!to)
      return {
        kind: 'refused',
        reason: 'invalid_phone',
        final: false,
        detail: 'not a phone of 8 to 15 digits',
      }
    const request = requestOf(account.settings, call, to)
    if (!request) return { kind: 'not_sent', detail: `nothing to send for ${call.channel}` }
    const verdict = await ask(account, request.method, request.params)
    const { callerId = '', code, text: said } = call
    const secrets = [...secretsOf(account), callerId.slice(1), said ?? '', code ?? '']
    switch (verdict.kind) {
      case 'value':
        return readPlaced(request.method, verdict.value)
      case 'error': {
        const reason = meaningOf(verdict.code)
        const detail = detailOf(verdict, secrets)
        return reason === 'unclear'
          ? { kind: 'unclear', detail }
          : { kind: 'refused', reason, final: false, detail }
      }
      case 'unbelievable': {
        const detail = inWords('en', verdict.why)
        const { refused: reason } = verdict
        return reason ? { kind: 'refused', reason, final: false, detail } : { kind: 'unclear', detail }
      }
      default:
        return { kind: verdict.kind, detail: inWords('en', verdict.why) }
    }
  },

  /** `deliveryReport` for messages; the log for calls. */
  async status(account, call) {
    try {
      return await (call.channel === 'sms' ? messageStatus(account, call) : callStatus(account, call))
    } catch (fault) {
      if (fault instanceof ProviderFault) return pollFault(fault)
      throw fault
    }
  },

  /** `getLogs`, in growing windows; a log that does not reach back to the span is a fault, not an absence. */
  async records(account, query) {
    const { entries, answeredAt, reaches } = await readLog(account, { id: null, from: query.from })
    if (!reaches(query.from)) throw new ProviderFault('bad_answer', say('note_log_short'))
    const { rows, undated } = toRecords(entries, {
      known: query.phone,
      codeLength: flashCodeLength(account.settings),
      key: account.credentials.key,
    })
    return { rows, answeredAt, isWhole: areOfOthers(undated, query) }
  },

  /** `getValue`: `balance`, `overdraft`, and whether the user may call. */
  async balance(account) {
    const balance = amountMicros.safeParse(await property(account, 'balance')).data
    if (balance === undefined)
      throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'balance' }))
    const overdraft = amountMicros.safeParse(await property(account, 'overdraft')).data ?? 0n
    const active = integer.safeParse(await property(account, 'active')).data
    if (active !== undefined && !ACTIVE.includes(active)) {
      throw new ProviderFault('refused', say('fault_user_inactive'))
    }
    return { balanceMicros: balance, currency: CURRENCY, limitMicros: -overdraft, callPriceMicros: null }
  },

  /** `getDIDList`: the numbers that are rented, enabled and not expired. */
  async ownNumbers(account) {
    const value = await valueFrom(account, 'getDIDList', { own: 'true' }, { limitBytes: RECORDS_LIMIT_BYTES })
    if (!Array.isArray(value))
      throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'numbers' }))
    const { timezone_hours } = account.settings
    return value.flatMap((row) => {
      const { data } = didRow.safeParse(row)
      const number = data?.enabled ? toE164(data.did, null) : null
      const expiry = readTime(data?.expiration, offsetOf(timezone_hours ?? 0))?.at
      return number && !(expiry && expiry.getTime() < Date.now()) ? [number] : []
    })
  },

  sandboxCredentials: ({ key }) => ({ key }),
}

const property = (account: NarayanaAccount, name: string) =>
  valueFrom(account, 'getValue', { property: name })

type Sending = { method: 'sendVoiceMessage' | 'createCallback' | 'sendSMS'; params: Record<string, string> }

/** The request for a call; null if a part is missing. */
function requestOf(
  chosen: NarayanaSettings,
  { channel, callerId, text: said }: CallRequest,
  to: string,
): Sending | null {
  const { call_method, callback_destination, voice_text, sms_sender } = chosen
  switch (channel) {
    case 'sms':
      return said
        ? { method: 'sendSMS', params: { ...(sms_sender && { callerid: sms_sender }), to, text: said } }
        : null
    case 'voice':
      return said ? { method: 'sendVoiceMessage', params: { to, text: said } } : null
    case 'flash_call': {
      const callerid = callerId?.slice(1)
      if (!callerid) return null
      if (call_method === 'callback') {
        const destination2 = callback_destination ?? ''
        return { method: 'createCallback', params: { callerid, destination1: to, destination2 } }
      }
      const digits = callerid.slice(-flashCodeLength(chosen))
      return {
        method: 'sendVoiceMessage',
        params: { callerid, to, text: voice_text.replaceAll('{digits}', [...digits].join(', ')) },
      }
    }
    default:
      return null
  }
}

function readPlaced(method: Sending['method'], value: unknown): PlaceOutcome {
  const placed = { kind: 'placed', code: null, callerHint: null, final: null, detail: 'accepted' } as const
  if (method === 'createCallback') return { ...placed, callId: `${CALLBACK_MARK}${Date.now()}` }
  const { data: callId } = uniqueId.safeParse(value)
  return callId ? { ...placed, callId } : { kind: 'unclear', detail: 'a success without an id' }
}

/** `SMS Sent` is on its way. Only the log says what a message cost. */
async function messageStatus(
  account: NarayanaAccount,
  { callId, placedAt }: PlacedCall,
): Promise<StatusOutcome> {
  const { data: said = '' } = text.safeParse(await valueFrom(account, 'deliveryReport', { id: callId }))
  const status = outcomeOf(said)
  const detail = redact(said, secretsOf(account))
  if (!status)
    return said === '' ? { kind: 'fault', detail: 'a success without a report' } : { kind: 'open', detail }
  const cost = await readLog(account, { id: callId, from: earliest(placedAt) }).then(
    ({ entries }) => entries.find((one) => isOf(one, callId))?.result?.costMicros ?? null,
    (fault: ProviderFault) => {
      if (fault.reason === 'unauthorized') throw fault
      return null
    },
  )
  return { kind: 'final', result: { status, assumed: false, costMicros: cost }, detail }
}

const earliest = (placedAt: Date) => new Date(placedAt.getTime() - EARLY_MS)

/**
 * The row with the id of the call. ASSUMPTION: if rows have other ids, and for a callback, it is the only row of
 * the phone from when the call was accepted.
 */
async function callStatus(account: NarayanaAccount, call: PlacedCall): Promise<StatusOutcome> {
  const { callId, phone, placedAt } = call
  const isCallback = callId.startsWith(CALLBACK_MARK)
  const { entries, reaches } = await readLog(account, {
    id: isCallback ? null : callId,
    from: earliest(placedAt),
  })
  const own = isCallback ? undefined : entries.find((entry) => isOf(entry, callId))
  if (own && namesAnotherPhone(own.destination, phone))
    return { kind: 'fault', detail: 'the row is of another call' }
  if (own) return ended(account, own)
  if (!reaches(earliest(placedAt))) return { kind: 'fault', detail: inWords('en', say('note_log_short')) }
  if (!isCallback && hasIds(account)) return { kind: 'open', detail: 'not in the log yet' }
  const around = entries.filter((entry) => isAround(entry, call))
  const [only, ...others] = around
  if (!only) return { kind: 'open', detail: 'not in the log yet' }
  return others.length === 0
    ? ended(account, only)
    : { kind: 'open', detail: 'several rows of the log match this call' }
}

function isAround({ at, destination }: Entry, { phone, placedAt }: PlacedCall): boolean {
  if (!at || toE164(destination, phone) !== phone) return false
  const lateMs = at.getTime() - placedAt.getTime()
  return lateMs >= -EARLY_MS && lateMs <= LATE_MS
}

function ended({ settings }: NarayanaAccount, entry: Entry): StatusOutcome {
  const { result, detail } = entry
  if (!result) return { kind: 'open', detail }
  return { kind: 'final', result, detail, callerEnding: endingOf(entry, flashCodeLength(settings)) }
}
