import type { CallOrder, TrunkSettings } from '../../gateway/schemas.ts'
import { inWords, say } from '../../words/text.ts'
import {
  type CallRequest,
  type CallResult,
  type OperatorRecord,
  type OperatorRecords,
  type PlacedCall,
  type PlaceOutcome,
  ProviderFault,
  type RecordsQuery,
  type StatusOutcome,
} from '../provider.ts'
import { namesAnotherPhone } from '../read.ts'
import { answeredAt, areOfOthers } from '../records.ts'
import { faultOf, pollFault } from '../shapes.ts'
import {
  deleteCall,
  type GatewayCall,
  getCall,
  getCalls,
  postRestart,
  putCall,
  putTrunk,
  type SipAccount,
  type Told,
} from './gateway.ts'

/** Pages of the journal that one reading takes at most, 500 calls each. */
const PAGES_MAX = 1_000
/** How long the gateway waits for the end of a call after it stopped ringing, in seconds. */
const END_SECONDS = 40

/** How long a call may stay open, in seconds. */
export const callOpenSeconds = ({ setup_ms, ring_ms }: { setup_ms: number; ring_ms: number }): number =>
  Math.ceil((setup_ms + ring_ms) / 1_000) + END_SECONDS

type CallingAccount = SipAccount & { settings: Pick<CallOrder, 'ring_ms' | 'setup_ms'> }

/**
 * Places a call over SIP, for any provider. The gateway dials an attempt's id once. Sends one request and never
 * throws.
 */
export async function placeOverSip(
  account: CallingAccount,
  trunk: CallOrder['trunk'],
  { attemptId, phone, callerId }: CallRequest,
): Promise<PlaceOutcome> {
  if (!callerId || !attemptId) return { kind: 'not_sent', detail: 'a call without an attempt or a number' }
  const { ring_ms, setup_ms } = account.settings
  const told = await putCall(account, attemptId, { trunk, from: callerId, to: phone, ring_ms, setup_ms })
  switch (told.kind) {
    case 'told':
      return placed(told.value)
    case 'refused':
      return { kind: 'refused', reason: told.reason, final: false, detail: told.detail }
    default:
      return { kind: told.kind, detail: 'why' in told ? inWords('en', told.why) : told.detail }
  }
}

/** The trunk’s word that there was no call; or a call, which may have ended already. */
function placed(call: GatewayCall): PlaceOutcome {
  const { id, verdict } = call
  const detail = detailOf(call)
  if (verdict?.unclear) return { kind: 'unclear', detail }
  if (verdict?.refusal) return { kind: 'refused', reason: verdict.refusal, final: false, detail }
  return { kind: 'placed', callId: id, code: null, callerHint: null, final: resultOf(call), detail }
}

/** Asks how a call ended. */
export const statusOverSip = async (account: SipAccount, call: PlacedCall) =>
  statusFrom(await getCall(account, call.callId), call)

/** Stops ringing, and asks how the call ended. */
export const hangUpOverSip = async (account: SipAccount, call: PlacedCall) =>
  statusFrom(await deleteCall(account, call.callId), call)

/** The gateway knows from which number it called, not which one the phone showed: no `callerEnding`. */
function statusFrom(told: Told<GatewayCall>, { phone }: PlacedCall): StatusOutcome {
  if (told.kind !== 'told') return pollFault(faultFrom(told))
  const call = told.value
  if (namesAnotherPhone(call.to, phone)) return { kind: 'fault', detail: 'the call is another' }
  const result = resultOf(call)
  const detail = detailOf(call)
  if (!result) return { kind: 'open', detail }
  return {
    kind: 'final',
    result,
    detail,
    ...(call.verdict?.refusal === 'unauthorized' && { reason: 'unauthorized' as const }),
  }
}

/** The journal’s calls of an account: everything that was sent, answered or not. Throws `ProviderFault`. */
export async function recordsOverSip(
  account: SipAccount,
  asked: RecordsQuery,
  codeLength: number,
): Promise<OperatorRecords> {
  const { from, to, phone } = asked
  const query = {
    from: from.toISOString(),
    to: to.toISOString(),
    trunk: account.id,
    ...(phone !== null && { phone }),
  }
  const rows: OperatorRecord[] = []
  const undated: (string | null)[] = []
  let after: string | null = null
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const told = await getCalls(account, after === null ? query : { ...query, after })
    if (told.kind !== 'told') throw faultFrom(told)
    const { calls, unread, next } = told.value
    rows.push(...calls.map((call) => recordOf(call, codeLength)))
    undated.push(...unread)
    if (next === null) {
      return { rows, answeredAt: answeredAt(told.answer), isWhole: areOfOthers(undated, asked) }
    }
    after = next
  }
  throw new ProviderFault('bad_answer', say('note_answer_too_large', { bytes: rows.length }))
}

function recordOf(call: GatewayCall, codeLength: number): OperatorRecord {
  return {
    row: call.id,
    callId: call.id,
    at: new Date(call.invited_at),
    zoned: true,
    phone: call.to,
    code: call.from?.slice(-codeLength) ?? null,
    ofCaller: true,
    result: resultOf(call),
    detail: detailOf(call),
  }
}

/** A person has looked after the account: its trunk, or lines, may be called again. Throws `ProviderFault`. */
export async function restartTrunks(account: SipAccount): Promise<void> {
  const told = await postRestart(account, account.id)
  if (told.kind !== 'told') throw faultFrom(told)
}

/**
 * Tells the gateway of a trunk, which waits a moment for the registration. Throws `ProviderFault`: `unauthorized` if
 * the trunk rejects the credentials, `refused` without a registration that it asks for, `unreachable` if its name
 * cannot be resolved.
 */
export async function checkTrunk(
  account: SipAccount,
  { id, settings }: { id: string; settings: TrunkSettings },
): Promise<void> {
  const told = await putTrunk(account, id, settings)
  if (told.kind !== 'told') throw faultFrom(told)
  const { unauthorized, registered, address } = told.value
  if (unauthorized) throw new ProviderFault('unauthorized', say('fault_unauthorized'))
  if (address === null) throw new ProviderFault('unreachable', say('fault_trunk_unknown'))
  if (registered === false) throw new ProviderFault('refused', say('fault_not_registered'))
}

function faultFrom(told: Exclude<Told<unknown>, { kind: 'told' }>): ProviderFault {
  if (told.kind === 'refused') {
    return new ProviderFault(told.reason === 'unauthorized' ? 'unauthorized' : 'bad_answer', told.detail)
  }
  return 'why' in told ? faultOf(told) : new ProviderFault('bad_answer', told.detail)
}

function resultOf({ verdict }: GatewayCall): CallResult | null {
  return verdict && { status: verdict.status, assumed: verdict.assumed, costMicros: null }
}

/** The trunk’s last words, as `redact` leaves them. */
function detailOf({ alerted, sip_status, q850, verdict }: GatewayCall): string {
  const rang = alerted ? 'the phone rang' : 'no sign of ringing'
  if (!verdict) return rang
  const said = sip_status ? `SIP ${sip_status}` : 'no final reply'
  return `${said}${q850 == null ? '' : `, Q.850 cause ${q850}`}: ${rang}`
}
