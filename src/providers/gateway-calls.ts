import { z } from 'zod'
import type { TrunkSettings } from '../gateway/schemas.ts'
import { inWords, say } from '../words/text.ts'
import { type OperatorRequest, RECORDS_LIMIT_BYTES, type Sent, send } from './http.ts'
import {
  type Account,
  type CallRequest,
  type CallResult,
  type OperatorRecords,
  type PlacedCall,
  type PlaceOutcome,
  ProviderFault,
  type RecordsQuery,
  type RefusalReason,
  type StatusOutcome,
} from './provider.ts'
import { parseJson } from './read.ts'
import { answeredAt } from './records.ts'
import { faultOf } from './shapes.ts'

/** Calls through our own SIP gateway (docs/architecture.md, *Calls over SIP*), for every provider that has them. */

/** The gateway answers within three seconds, after waiting 1.5 s for a registration. */
export const GATEWAY_TIMEOUT_MS = 5_000
/** After ringing: until a trunk that does not answer is given up, and some more. */
const MARGIN_SECONDS = 40

export type SipTimes = { ring_ms: number; setup_ms: number }

/** How long a call may stay open, in seconds. */
export const callOpenSeconds = ({ ring_ms, setup_ms }: SipTimes): number =>
  Math.ceil((ring_ms + setup_ms) / 1_000) + MARGIN_SECONDS

/** `id`: begins with the account's id, so that its calls can be told in the journal. */
export type SipTrunk = { id: string; settings: Partial<TrunkSettings> & Pick<TrunkSettings, 'server'> }

const callView = z.object({
  id: z.string(),
  trunk: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  invited_at: z.string(),
  sip_status: z.number().nullable(),
  verdict: z
    .object({
      status: z.enum(['answered', 'busy', 'no_answer', 'unreachable', 'no_such_number', 'unknown']),
      refusal: z.enum(['unauthorized', 'balance', 'unavailable', 'other']).nullable(),
      unclear: z.boolean(),
      assumed: z.boolean(),
    })
    .nullable(),
})
type CallView = z.infer<typeof callView>
const callList = z.object({ data: z.array(callView) })
const refusal = z.object({ error: z.string() })

/** Why the gateway places no call. Its `unauthorized` is about our own key, not about the account's. */
const REFUSALS: Readonly<Record<string, RefusalReason>> = {
  conflict: 'other',
  invalid: 'other',
  channels: 'limit',
  rate: 'limit',
  stopped: 'unauthorized',
  unregistered: 'unavailable',
  stopping: 'unavailable',
  failed: 'unavailable',
  unauthorized: 'unavailable',
}

/** Requests one call (`PUT /v1/calls/{attempt}`): the same attempt again dials nothing. */
export async function placeOverSip(
  account: Account,
  call: CallRequest,
  { trunk, ring_ms, setup_ms }: SipTimes & { trunk: SipTrunk },
): Promise<PlaceOutcome> {
  const { attemptId, callerId } = call
  if (!attemptId || !callerId) return { kind: 'not_sent', detail: 'a call without an attempt or number' }
  const order = { trunk, from: callerId, to: call.phone, ring_ms, setup_ms }
  const sent = await ask(account, 'PUT', ['calls', attemptId], order)
  if (sent.kind !== 'answer') return { kind: sent.kind, detail: inWords('en', sent.why) }
  const body = parseJson(sent.text)
  const { data: view } = callView.safeParse(body)
  if (view && (sent.status === 200 || sent.status === 201)) return outcomeOf(view)
  const { data: refused } = refusal.safeParse(body)
  const reason =
    refused && sent.status >= 400 && Object.hasOwn(REFUSALS, refused.error) && REFUSALS[refused.error]
  if (!refused || !reason) return { kind: 'unclear', detail: `HTTP ${sent.status} of the gateway` }
  // A trunk that is told again calls again, once a person has started the account.
  if (refused.error === 'stopped') await ask(account, 'PUT', ['trunks', trunk.id], trunk.settings)
  return { kind: 'refused', reason, final: false, detail: `the gateway says ${refused.error}` }
}

function outcomeOf(view: CallView): PlaceOutcome {
  const { verdict } = view
  const detail = detailOf(view)
  if (verdict?.refusal) return { kind: 'refused', reason: verdict.refusal, final: false, detail }
  if (verdict?.unclear) return { kind: 'unclear', detail }
  return { kind: 'placed', callId: view.id, code: null, callerHint: null, final: resultOf(view), detail }
}

/** `GET /v1/calls/{attempt}`. */
export async function statusOverSip(account: Account, { callId }: PlacedCall): Promise<StatusOutcome> {
  const sent = await ask(account, 'GET', ['calls', callId])
  if (sent.kind !== 'answer') return { kind: 'fault', detail: inWords('en', sent.why) }
  const { data: view } = callView.safeParse(parseJson(sent.text))
  if (!view || sent.status !== 200) return { kind: 'fault', detail: `HTTP ${sent.status} of the gateway` }
  const result = resultOf(view)
  return result ? { kind: 'final', result, detail: detailOf(view) } : { kind: 'open', detail: detailOf(view) }
}

/** The journal (`GET /v1/calls`), which holds every call of the account. Throws `ProviderFault`. */
export async function recordsOverSip(
  account: Account,
  { from, to, phone }: RecordsQuery,
  codeLength: number,
): Promise<OperatorRecords> {
  const query = { from: from.toISOString(), to: to.toISOString(), ...(phone !== null && { phone }) }
  const sent = await ask(account, 'GET', ['calls'], undefined, query)
  if (sent.kind !== 'answer') throw faultOf(sent)
  const { data: list } = callList.safeParse(sent.status === 200 ? parseJson(sent.text) : null)
  if (!list) throw new ProviderFault('bad_answer', say('note_no_envelope', { status: sent.status }))
  const rows = list.data
    .filter(({ trunk }) => trunk.startsWith(account.id))
    .map((view) => ({
      row: view.id,
      callId: view.id,
      at: new Date(Math.floor(Date.parse(view.invited_at) / 1_000) * 1_000),
      zoned: true,
      phone: view.to,
      code: view.from?.slice(-codeLength) ?? null,
      ofCaller: true as const,
      result: resultOf(view),
      detail: detailOf(view),
    }))
  return { rows, answeredAt: answeredAt(sent), isWhole: true }
}

const resultOf = ({ verdict }: CallView): CallResult | null =>
  verdict && { status: verdict.status, assumed: verdict.assumed, costMicros: null }

const detailOf = ({ sip_status }: CallView) => (sip_status ? `SIP ${sip_status}` : 'no final reply')

function ask(
  { gateway, isStopped }: Account,
  method: OperatorRequest['method'],
  path: readonly string[],
  body?: object,
  query?: Record<string, string>,
): Promise<Sent> {
  if (!gateway) return Promise.resolve({ kind: 'not_sent', why: say('note_no_gateway') })
  return send({
    baseUrl: gateway.url,
    segments: ['v1', ...path],
    ...(query && { query }),
    method,
    headers: { authorization: `Bearer ${gateway.key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    timeoutMs: GATEWAY_TIMEOUT_MS,
    limitBytes: RECORDS_LIMIT_BYTES,
    allowPrivateTargets: true,
    isStopped,
  })
}
