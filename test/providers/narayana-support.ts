import { narayana } from '../../src/providers/narayana/index.ts'
import { formatTime } from '../../src/providers/narayana/wire.ts'
import type { Account, CallRequest, PlacedCall } from '../../src/providers/provider.ts'
import { type Received, rawOperator } from './raw-operator.ts'
import { accountAt } from './speakers.ts'

export const KEY = 'ab12cd34ef'
export const PHONE = '+79243555100'
export const CALLER = '+74951112371'
export const FLASH: CallRequest = { channel: 'flash_call', phone: PHONE, code: null, callerId: CALLER }
export const SMS: CallRequest = { channel: 'sms', phone: PHONE, code: '237105', text: 'Code: 237105 & "x"' }
export const VOICE: CallRequest = { channel: 'voice', phone: PHONE, code: '237105', text: '2, 3, 7, 1, 0, 5' }

export type Settings = Record<string, unknown>
export const answer = (response: unknown) => ({
  status: 200,
  body: JSON.stringify({ result: true, response }),
})
export const failure = (response: string, description = '') => ({
  status: 200,
  body: JSON.stringify({ result: false, response, description }),
})

/** An operator that answers by method, and an account at it. */
export async function operatorWith(
  answers: Record<string, (request: Received, params: URLSearchParams) => { status: number; body: string }>,
  settings: Settings = {},
  credentials: Record<string, string> = { key: KEY },
) {
  const operator = await rawOperator((request) => {
    const url = new URL(request.path, 'http://x')
    const params = request.method === 'POST' ? new URLSearchParams(request.body) : url.searchParams
    return answers[url.pathname.split('/').at(-1) ?? '']?.(request, params) ?? failure('E_UNKNOWN_METHOD')
  })
  const account = {
    ...accountAt('narayana', operator.url, settings),
    credentials: narayana.credentials.parse(credentials),
  } as Account<never, never>
  return { ...operator, account }
}

export const paramsOf = ({ path }: Received) => Object.fromEntries(new URL(path, 'http://x').searchParams)

export const at = (msAgo: number, hours = 3) => formatTime(new Date(Date.now() - msAgo), hours)
export const row = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  clientdate: at(10_000),
  date: at(10_000, 7),
  callerid: '74951112371',
  destination: '79243555100',
  status: '0CANCEL',
  cost: '0.0000000000',
  ...changes,
})
/** Rows of other calls, `msAgo` old and older. */
export const others = (count: number, msAgo = 20_000) =>
  Array.from({ length: count }, (_, i) =>
    row(`8${i}.9`, { destination: '79990000000', clientdate: at(msAgo + i * 10) }),
  )
export const called = (callId: string, msAgo = 10_000): PlacedCall => ({
  channel: 'flash_call',
  phone: PHONE,
  callId,
  placedAt: new Date(Date.now() - msAgo),
})

/** An operator with this log; it returns at most `most` rows. */
export function loggedBy(
  rows: unknown[],
  { most = 1e6, settings = {} as Settings, timezone = 3 as unknown } = {},
) {
  return operatorWith(
    {
      getLogs: (_request, params) => answer(rows.slice(0, Math.min(most, Number(params.get('limit'))))),
      getValue: () => answer(timezone),
    },
    settings,
  )
}
export const limitsOf = (requests: Received[]) =>
  requests.flatMap((request) => (paramsOf(request).limit ? Number(paramsOf(request).limit) : []))
