import { z } from 'zod'
import { statusOn } from '../../../src/channels/reached.ts'
import type { FormOf } from '../../../src/providers/common-words.ts'
import { readTime } from '../../../src/providers/dates.ts'
import { type Answer, send } from '../../../src/providers/http.ts'
import { outcomeInWords } from '../../../src/providers/outcome-words.ts'
import {
  type Account,
  type CallResult,
  type ChannelCapabilities,
  type OperatorRecord,
  type PlaceOutcome,
  type Provider,
  ProviderFault,
} from '../../../src/providers/provider.ts'
import {
  amountMicros,
  codeOf,
  flag,
  id,
  namesAnotherPhone,
  optional,
  parseJson,
  phoneDigits,
  text,
} from '../../../src/providers/read.ts'
import { answeredAt, areOfOthers } from '../../../src/providers/records.ts'
import { redact } from '../../../src/providers/redact.ts'
import {
  cleanPasted,
  commonSettings,
  faultOf,
  pollFault,
  poolSettings,
  refusalReason,
} from '../../../src/providers/shapes.ts'
import { judgeStrange, strangeFault } from '../../../src/providers/strange.ts'
import { inWords } from '../../../src/words/text.ts'

const credentials = z.strictObject({ key: z.string().transform(cleanPasted).pipe(z.string().min(8)) })
/** `numbers`: a pool to call from; `lines`: each bears one call at a time. Without numbers the operator chooses. */
const settings = z.strictObject({
  ...commonSettings,
  numbers: poolSettings.numbers.nullable().default(null),
  lines: z.boolean().default(false),
})

const words = {
  title: 'Example Tel',
  about: 'An operator of the tests.',
  credentials: { key: ['Key'] },
  settings: { numbers: ['Numbers'], lines: ['A number bears one call at a time'] },
} as const
const form: FormOf<z.infer<typeof credentials>, z.infer<typeof settings>> = {
  first: ['numbers'],
  words: { en: words, ru: words },
}

type ExampleAccount = Account<z.infer<typeof credentials>, z.infer<typeof settings>>

const envelope = z.object({ success: flag, error: text.catch(''), data: z.unknown().optional() })
const placed = z.object({ id, to: z.unknown().optional(), code: optional(codeOf(4)) })
const row = z.object({
  id: optional(id),
  to: z.unknown().optional(),
  code: optional(codeOf(4)),
  state: text.catch(''),
  price: optional(amountMicros),
  created_at: z.unknown().optional(),
})

const lengthOf = (digits: number) => ({ min: digits, max: digits })

/** Of an operator that sends and speaks whatever text it is given. */
const OURS = {
  codeOrigin: 'ours',
  codeLength: { min: 4, max: 8 },
  callOpenSeconds: 60,
  silentOutcome: 'unknown',
} as const satisfies ChannelCapabilities

/** A fictional operator: shows how little an adapter needs. Tests register it beside the others, or alone. */
export const exampleTel: Provider<ExampleAccount['credentials'], ExampleAccount['settings']> = {
  name: 'example-tel',
  credentials,
  settings,
  form,
  defaultBaseUrl: 'https://api.example-tel.example',

  capabilities: ({ request_timeout_ms, numbers, lines, code_length }) => ({
    channels: {
      flash_call: {
        ...(numbers
          ? { codeOrigin: 'pool', codeLength: lengthOf(code_length ?? 4), pool: { numbers, lines } }
          : { codeOrigin: 'operator', codeLength: lengthOf(4) }),
        callOpenSeconds: 60,
        silentOutcome: 'unknown',
      },
      sms: { ...OURS, text: 'sms' },
      voice: { ...OURS, text: 'voice' },
    },
    prefixes: [],
    placeTimeoutMs: request_timeout_ms,
    recordsAreComplete: true,
    recordsTellPrices: true,
  }),

  async place(account, { channel, phone, code: ours, text: ourText, callerId }): Promise<PlaceOutcome> {
    const isOurs = channel !== 'flash_call'
    if (isOurs && !ourText) return { kind: 'not_sent', detail: 'a text is missing' }
    const secrets = [account.credentials.key, ours ?? '', ourText ?? '', callerId ?? '']
    const from = callerId === undefined ? {} : { from: callerId }
    const sent = await ask(
      account,
      ['calls'],
      isOurs ? { to: phone, channel, text: ourText } : { to: phone, ...from },
    )
    if (sent.kind !== 'answer') return { kind: sent.kind, detail: inWords('en', sent.why) }
    const read = readEnvelope(sent)
    if (!read) {
      const { why, refused: reason } = judgeStrange(sent)
      const detail = inWords('en', why)
      return reason ? { kind: 'refused', reason, final: false, detail } : { kind: 'unclear', detail }
    }
    if (!read.success) {
      const detail = redact(read.error, secrets)
      return { kind: 'refused', reason: refusalReason(sent.status, read.error), final: false, detail }
    }
    const { data } = placed.safeParse(read.data)
    if (!data || namesAnotherPhone(data.to, phone) || (!isOurs && !callerId && !data.code))
      return { kind: 'unclear', detail: 'a success without a call' }
    const code = isOurs ? null : (data.code ?? null)
    return { kind: 'placed', callId: data.id, code, callerHint: null, final: null, detail: 'accepted' }
  },

  async status(account, { channel, callId, phone }) {
    try {
      const { data } = await dataOf(account, ['calls', callId])
      const call = row.parse(data)
      if (namesAnotherPhone(call.to, phone)) return { kind: 'fault', detail: 'a status of another call' }
      const detail = redact(call.state, [account.credentials.key])
      const result = resultOf(call)
      return result
        ? { kind: 'final', result: { ...result, status: statusOn(channel, result.status) }, detail }
        : { kind: 'open', detail }
    } catch (error) {
      return error instanceof ProviderFault ? pollFault(error) : { kind: 'fault', detail: 'no status' }
    }
  },

  async records(account, query) {
    const { data, answer } = await dataOf(account, ['calls'])
    const told = z.array(row.catch({ state: '' })).safeParse(data).data
    if (!told) throw new ProviderFault('bad_answer', 'a success without rows')
    const undated: (string | null)[] = []
    const rows = told.flatMap((call): OperatorRecord[] => {
      const digits = phoneDigits(call.to)
      const phone = digits && `+${digits}`
      const time = readTime(call.created_at, 'Z')
      if (!phone || !time || !call.id) {
        undated.push(phone)
        return []
      }
      const { id: callId, code = null, state } = call
      return [{ row: callId, callId, ...time, phone, code, result: resultOf(call), detail: state }]
    })
    return { rows, answeredAt: answeredAt(answer), isWhole: areOfOthers(undated, query) }
  },

  async balance(account) {
    const { data } = z.object({ balance: amountMicros }).safeParse((await dataOf(account, ['balance'])).data)
    if (!data) throw new ProviderFault('bad_answer', 'a success without a balance')
    return { balanceMicros: data.balance, currency: 'RUB', limitMicros: 0n, callPriceMicros: null }
  },

  /** Fictional, like the operator: `GET /numbers`. */
  async ownNumbers(account) {
    const { data } = z.array(z.string()).safeParse((await dataOf(account, ['numbers'])).data)
    if (!data) throw new ProviderFault('bad_answer', 'a success without numbers')
    return data
  },

  sandboxCredentials: ({ key }) => ({ key }),
}

function ask(
  { baseUrl, credentials, settings, allowPrivateTargets, isStopped }: ExampleAccount,
  segments: string[],
  body?: object,
) {
  return send({
    baseUrl,
    segments,
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${credentials.key}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    timeoutMs: settings.request_timeout_ms,
    allowPrivateTargets,
    isStopped,
  })
}

function readEnvelope({ status, text }: Answer) {
  if (status >= 300 && status < 400) return null
  return envelope.safeParse(parseJson(text)).data ?? null
}

async function dataOf(
  account: ExampleAccount,
  segments: string[],
): Promise<{ data: unknown; answer: Answer }> {
  const answer = await ask(account, segments)
  if (answer.kind !== 'answer') throw faultOf(answer)
  const read = readEnvelope(answer)
  if (!read) throw strangeFault(judgeStrange(answer))
  if (read.success) return { data: read.data, answer }
  const reason = answer.status === 401 ? 'unauthorized' : 'refused'
  throw new ProviderFault(reason, redact(read.error, [account.credentials.key]))
}

function resultOf({ state, price = null }: z.infer<typeof row>): CallResult | null {
  const status = state === 'Доставлено' ? 'delivered' : outcomeInWords(state)
  return status && { status, assumed: false, costMicros: price ?? null }
}
