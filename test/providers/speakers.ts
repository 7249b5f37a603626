import { signatureOf } from '../../src/providers/new-tel/signature.ts'
import type { Account, Provider } from '../../src/providers/provider.ts'
import { getProvider } from '../../src/providers/registry.ts'
import { exampleTelSpeakers } from './example-tel/speaker.ts'
import { narayanaSpeakers } from './narayana-speaker.ts'
import type { Received } from './raw-operator.ts'
import { oneMore } from './registry.ts'
import { sipSpeaker } from './sip-speaker.ts'
import type { Speaker } from './speaker.ts'
import { teleumSpeaker } from './teleum-speaker.ts'

const TOKEN = '4ea13fbf-f5a3-4084-8b01-9733cd6fd0b1'
const ACCESS_KEY = '616a2cbbc392c798c06161dae2bd0c2093af4f399e95f48d'
const SIGN_KEY = '84c29e3807ccb092f50ea7e66537ba9b519628efdd741046'
const VPBX_ID = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'

const telefonIpRow = (at: Date) => ({
  created_at: new Date(at.getTime() + 3 * 3_600_000).toISOString().slice(0, 19),
  code_auth: '2371',
  status: 1,
  status_info: 'ok',
  phone: '89243555100',
  price: 0.2,
})
const ok = (data: unknown) => ({ success: true, error: '', data })
const success = (data: Record<string, unknown>) => ({
  status: 'success',
  data: { result: 'success', ...data },
})

/** Signs like New-Tel: method from the path, time from the bearer, over the bytes of the answer. */
export function newTelSignature(request: Received, body: string | Buffer, signKey = SIGN_KEY): string {
  const bearer = (request.headers.authorization ?? '').replace('Bearer ', '')
  return signatureOf({
    method: request.path.slice(1),
    time: bearer.slice(48, 58),
    accessKey: bearer.slice(0, 48),
    signKey,
    content: body,
  })
}

const vpbxCall = (at: Date) => ({
  vpbxId: VPBX_ID,
  active: false,
  direction: 'out',
  clid: '74951570482',
  dnid: '79243555100',
  status: 'no answer',
  startTime: Math.floor(at.getTime() / 1_000),
  answerTime: null,
  endTime: Math.floor(at.getTime() / 1_000) + 20,
})

const telefonIp: Speaker = {
  credentials: { token: TOKEN },
  code: null,
  answeredCode: '2371',
  recordedCode: '2371',
  reached: 'answered',
  call: { channel: 'flash_call', phone: '+79243555100', callId: '454733' },
  say: (_request, body, status = 200) => ({ status, body }),
  placed: ok({ phone: '89243555100', code: '2371', id: 454733 }),
  refusal: (error) => ({ success: false, error, data: {} }),
  bareRefusals: [
    { success: false },
    { success: 'false', error: 'x' },
    { success: 0, error: null },
    { success: '0', data: null },
  ],
  unauthorized: () => ({
    status: 401,
    body: JSON.stringify({ success: false, error: 'Unauthorized token', data: {} }),
  }),
  delivered: () =>
    ok({ ...telefonIpRow(new Date()), code_auth: undefined, id: 454733, status_info: 'Ok: SIP 200 OK' }),
  undecided: { id: '', phone: '8 (924) 355-51-00', price: '0.20 руб.', created_at: '', extra: 1 },
  inWords: (_request, status_info) =>
    ok({ ...telefonIpRow(new Date()), code_auth: undefined, id: 454733, status: 0, status_info }),
  open: () =>
    ok({ ...telefonIpRow(new Date()), code_auth: undefined, id: 454733, status: 0, status_info: '' }),
  balance: ok({ balance: 5.0, price: 0.2, balance_limit: 0.0 }),
  records: (at) => ok([telefonIpRow(at)]),
}

const check = (status: string) => () => ok({ phone: '89243555100', id: 454733, status })

/** What differs for an inbound call: it has no code. */
const inbound = {
  code: null,
  answeredCode: null,
  reached: 'called',
  call: { ...telefonIp.call, channel: 'inbound_call' },
  placed: ok({ auth_phone: '84957770101', id: 454733, url_image: '', url_link: 'tel:+74957770101' }),
  delivered: check('ok'),
  undecided: { price: '0.20 руб.', extra: 1 },
  inWords: (_request: unknown, status: string) => check(status)(),
  open: check('pending'),
} as const

/** What differs for a message: we choose the code. */
const message = (channel: 'sms' | 'telegram') =>
  ({
    code: '2371',
    answeredCode: null,
    reached: 'delivered',
    call: { ...telefonIp.call, channel },
  }) as const

/** By operator, for its flash calls, or by operator and channel. */
export const speakers: Record<string, Speaker> = {
  'telefon-ip': telefonIp,
  'telefon-ip inbound_call': { ...telefonIp, ...inbound },
  'telefon-ip sms': { ...telefonIp, ...message('sms') },
  'telefon-ip telegram': {
    ...telefonIp,
    ...message('telegram'),
    placed: ok({
      phone: '89243555100',
      code: '2371',
      id: 454733,
      operator_name: 'x',
      channel: 'telegram',
      status: 1,
      status_info: 'ok',
    }),
  },
  'new-tel': {
    credentials: { access_key: ACCESS_KEY, sign_key: SIGN_KEY },
    code: '70482',
    answeredCode: null,
    recordedCode: null,
    reached: 'answered',
    call: { channel: 'flash_call', phone: '+79243555100', callId: '1234567890123456' },
    say: (request, body, status = 200) => ({
      status,
      headers: { Signature: newTelSignature(request, body) },
      body,
    }),
    placed: success({ callDetails: { callId: '1234567890123456', pin: '70482', status: null } }),
    refusal: (message) => ({ status: 'success', data: { result: 'error', message } }),
    bareRefusals: [
      { status: 'error' },
      { status: 'Error', message: null },
      { status: 'success', data: { result: 'error' } },
    ],
    unauthorized: () => ({ status: 401, body: JSON.stringify({ status: 'error', message: 'Unauthorized' }) }),
    delivered: ({ path }) =>
      path === '/call/get-vpbx-id'
        ? success({ vpbxId: VPBX_ID })
        : success({ callDetails: { ...vpbxCall(new Date()), status: 'answered' } }),
    undecided: {
      active: 'false',
      dnid: '8 924 355-51-00',
      startTime: '2026-11-28T14:06:51',
      endTime: '',
      answerTime: '',
      clid: 7,
      reasonCode: '',
      isValidNumber: 'true',
    },
    inWords: ({ path }, status) =>
      path === '/call/get-vpbx-id'
        ? success({ vpbxId: VPBX_ID })
        : success({ callDetails: { ...vpbxCall(new Date()), status } }),
    open: () => ({ status: 'success', data: { result: 'error', message: 'Call not found or unavailable' } }),
    balance: success({
      state: {
        balance: 5,
        credit: 0,
        currency: 'RUB',
        dayTrafficCost: 0,
        monthTrafficCost: 0,
        status: 'active',
      },
    }),
    records: (at) => success({ calls: [vpbxCall(at)] }),
  },
  ...narayanaSpeakers,
  teleum: teleumSpeaker,
  sip: sipSpeaker,
  ...exampleTelSpeakers,
}

/** An answer with other members in the part about the call. */
export function withChanges(answer: unknown, changes: Record<string, unknown>): unknown {
  if (Array.isArray((answer as { response?: unknown }).response)) {
    const { response, ...rest } = answer as { response: object[] }
    return { ...rest, response: response.map((row) => ({ ...row, ...changes })) }
  }
  if (!Object.hasOwn(answer as object, 'data')) return { ...(answer as object), ...changes }
  const { data, ...rest } = answer as { data: Record<string, unknown> }
  if ('vpbxId' in data) return answer
  const changed =
    'callDetails' in data ? { callDetails: { ...(data.callDetails as object), ...changes } } : changes
  return { ...rest, data: { ...data, ...changed } }
}

/** The named provider (`telefon-ip`, `telefon-ip sms`) with its speaker. Throws for a provider without one. */
export function speakerFor(name: string): { provider: Provider; speaker: Speaker } {
  const [provider, speaker] = [getProvider(oneMore.providers, name.split(' ')[0] ?? ''), speakers[name]]
  if (!provider || !speaker) throw new Error(`no speaker for ${name}`)
  return { provider, speaker }
}

/** An account at `url` on loopback, with a short timeout. `trunkHost`: its trunk's, if it calls through one. */
export function accountAt(
  name: string,
  url: string,
  settings: Record<string, unknown> = {},
  trunkHost = '127.0.0.2',
): Account {
  const { provider, speaker } = speakerFor(name)
  const trunk = speaker.trunk?.(trunkHost, url)
  return {
    id: 'prv_test',
    baseUrl: trunk?.baseUrl ?? url,
    ...(trunk && { gateway: { url, key: 'the key of the gateway' } }),
    credentials: provider.credentials.parse(speaker.credentials),
    settings: provider.settings.parse({
      request_timeout_ms: 2_000,
      ...speaker.settings,
      ...trunk?.settings,
      ...settings,
    }),
    allowPrivateTargets: true,
    isStopped: () => false,
  }
}

/** The account's secrets, which no text may hold. */
export function secretsOf(name: string): string[] {
  const { speaker } = speakerFor(name)
  const { credentials, code, text, callerId, answeredCode } = speaker
  return [...leavesOf(credentials), code, text, callerId, answeredCode].filter((s) => typeof s === 'string')
}

const leavesOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]
