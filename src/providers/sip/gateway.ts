import { z } from 'zod'
import type { CallOrder, TrunkSettings } from '../../gateway/schemas.ts'
import { inWords, say } from '../../words/text.ts'
import { type Answer, type OperatorRequest, RECORDS_LIMIT_BYTES, type Sent, send } from '../http.ts'
import type { Account, RefusalReason } from '../provider.ts'
import { optional, parseJson } from '../read.ts'
import { judgeStrange } from '../strange.ts'

/** What the gateway is asked with: an account of any provider that calls over SIP. */
export type SipAccount = Pick<Account, 'id' | 'gateway' | 'isStopped'> & {
  settings: Pick<Account['settings'], 'request_timeout_ms'>
}

const verdict = z.object({
  status: z.enum(['answered', 'busy', 'no_answer', 'unreachable', 'no_such_number', 'unknown']),
  refusal: z.enum(['unauthorized', 'balance', 'unavailable', 'other']).nullable(),
  unclear: z.boolean(),
  assumed: z.boolean(),
})

/** A call as the gateway tells it. */
const call = z.object({
  id: z.string().min(1),
  from: optional(z.string()),
  to: z.string(),
  alerted: z.boolean(),
  sip_status: optional(z.int()),
  q850: optional(z.int()),
  invited_at: z.iso.datetime(),
  verdict: verdict.nullable(),
})
export type GatewayCall = z.infer<typeof call>

const trunk = z.object({
  unauthorized: z.boolean(),
  registered: z.boolean().nullable(),
  address: z.string().nullable(),
})
export type GatewayTrunk = z.infer<typeof trunk>

const called = call.pick({ to: true })
const page = z.object({ data: z.array(z.unknown()), next: z.string().nullish() })

/** What the gateway said, or why that is not known. `refused`: certainly nothing was dialled for this request. */
export type Told<T> =
  | { kind: 'told'; value: T; answer: Answer }
  | { kind: 'refused'; reason: RefusalReason; detail: string }
  | { kind: 'unclear'; detail: string }
  | Exclude<Sent, { kind: 'answer' }>

/** Orders a call. The same id again dials nothing and tells of the same call. */
export const putCall = (account: SipAccount, id: string, order: CallOrder) =>
  ask(account, { method: 'PUT', segments: ['calls', id], body: order }, call)

/** Tells of a call of the last hour. */
export const getCall = (account: SipAccount, id: string) =>
  ask(account, { method: 'GET', segments: ['calls', id] }, call)

/** Stops ringing now. */
export const deleteCall = (account: SipAccount, id: string) =>
  ask(account, { method: 'DELETE', segments: ['calls', id] }, call)

/** A page of the journal. `unread`: the phones of rows that cannot be read; null where not even they can. */
export async function getCalls(account: SipAccount, query: Record<string, string>) {
  const told = await ask(account, { method: 'GET', segments: ['calls'], query }, page)
  if (told.kind !== 'told') return told
  const calls: GatewayCall[] = []
  const unread: (string | null)[] = []
  for (const row of told.value.data) {
    const read = call.safeParse(row).data
    if (read) calls.push(read)
    else unread.push(called.safeParse(row).data?.to ?? null)
  }
  return { ...told, value: { calls, unread, next: told.value.next ?? null } }
}

/** Tells the gateway of a trunk. */
export const putTrunk = (account: SipAccount, id: string, settings: TrunkSettings) =>
  ask(account, { method: 'PUT', segments: ['trunks', id], body: settings }, trunk)

/** Ends the stop of a trunk and its lines, whose credentials were refused. */
export const postRestart = (account: SipAccount, id: string) =>
  ask(account, { method: 'POST', segments: ['trunks', id, 'restart'] }, z.object({}))

type Asked = Pick<OperatorRequest, 'method' | 'segments' | 'query'> & { body?: object }

/** Asks once, over a private address or not: the gateway is a part of the installation. */
async function ask<T>(account: SipAccount, asked: Asked, shape: z.ZodType<T>): Promise<Told<T>> {
  const { gateway, isStopped, settings } = account
  if (!gateway) return { kind: 'not_sent', why: say('fault_no_gateway') }
  const { method, segments, query, body } = asked
  const sent = await send({
    baseUrl: gateway.url,
    segments: ['v1', ...segments],
    method,
    ...(query && { query }),
    ...(body && { body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    timeoutMs: settings.request_timeout_ms,
    ...(segments.length === 1 && { limitBytes: RECORDS_LIMIT_BYTES }),
    allowPrivateTargets: true,
    isStopped,
  })
  if (sent.kind !== 'answer') return sent
  const told = parseJson(sent.text)
  const error = refusal.safeParse(told).data?.error
  if (error !== undefined) return refusedFor(error)
  const value = shape.safeParse(told).data
  if (value !== undefined && sent.status >= 200 && sent.status < 300) {
    return { kind: 'told', value, answer: sent }
  }
  const { refused: reason, why } = judgeStrange(sent)
  const detail = inWords('en', why)
  // A 401 of whatever stands there says nothing about the trunk.
  if (reason) return { kind: 'refused', reason: reason === 'unauthorized' ? 'unavailable' : reason, detail }
  return { kind: 'unclear', detail }
}

const refusal = z.object({ error: z.string() })

/** The gateway’s refusals (`src/gateway/api.ts`). Its own `unauthorized` is about our key, not about the trunk. */
const REASONS: Readonly<Record<string, RefusalReason>> = {
  channels: 'limit',
  rate: 'limit',
  stopped: 'unauthorized',
  unregistered: 'unavailable',
  stopping: 'unavailable',
  failed: 'unavailable',
  unauthorized: 'unavailable',
}

function refusedFor(error: string): Told<never> {
  const detail = /^[a-z_]{1,40}$/.test(error) ? error : 'refused by what listens at GATEWAY_URL'
  // The id is that of another call, which may be ringing.
  if (error === 'conflict') return { kind: 'unclear', detail }
  const reason = Object.hasOwn(REASONS, error) ? REASONS[error] : undefined
  return { kind: 'refused', reason: reason ?? 'other', detail }
}
