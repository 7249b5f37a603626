import { formatTime } from '../../src/providers/narayana/wire.ts'
import type { Received } from './raw-operator.ts'
import type { Speaker } from './speaker.ts'

const ID = '1764330000.000456'
const CALLER = '+74951112371'
/** Hours east of UTC. */
const ZONE = 3

const value = (response: unknown) => ({ result: true, response })

const row = (status: string, at = new Date()) => ({
  id: ID,
  username: 'user',
  date: formatTime(at, 0),
  clientdate: formatTime(at, ZONE),
  callerid: CALLER.slice(1),
  destination: '79243555100',
  direction: 'Russia Mobile - Megafon',
  route: 'route1-cli',
  time: '00:07',
  status,
  cost: '0.0123',
  displaycost: 1,
  displaycurrency: '€',
})
const log = (status: string) => () => value([row(status)])

const flashCall: Speaker = {
  credentials: { key: 'ab12cd34ef', login: 'test-user', password_md5: '098f6bcd4621d373cade4e832627b4f6' },
  settings: { numbers: ['+74951110000-74951119999'], timezone_hours: ZONE, log_every_ms: 30 },
  code: null,
  callerId: CALLER,
  answeredCode: null,
  recordedCode: '2371',
  reached: 'answered',
  call: { channel: 'flash_call', phone: '+79243555100', callId: ID },
  say: (_request, body, status = 200) => ({ status, body }),
  placed: value(ID),
  refusal: (said) => ({
    result: false,
    response: said.startsWith('E_') ? said : 'E_DATA_ABORT',
    ...(!said.startsWith('E_') && { description: said }),
  }),
  reasons: [
    ['E_AUTH_FAILED', 'unauthorized'],
    ['E_INSUFFICIENT_MONEY', 'balance'],
    ['E_INVALID_SMS_TO', 'invalid_phone'],
    ['E_UNROUTABLE', 'unavailable'],
    ['Something', 'other'],
  ],
  bareRefusals: [
    { result: false },
    { result: 'false', response: null },
    { result: 0, description: 'x' },
    { result: false, response: 'E_UNROUTABLE' },
  ],
  unauthorized: () => ({ status: 401, body: 'Unauthorized' }),
  forbidsAddress: true,
  delivered: log('ANSWER'),
  undecided: { clientdate: '', date: '', callerid: '', cost: '0.01', time: '', direction: '', username: '' },
  open: log(''),
  inWords: (_request, words) => log(words)(),
  balance: ({ path }: Received) => value({ balance: '5.00', overdraft: '0.00' }[propertyOf(path)] ?? 1),
  currency: 'EUR',
  records: (at) => value([row('0CANCEL', at)]),
}

const propertyOf = (path: string) =>
  new URL(path, 'http://x').searchParams.get('property') as 'balance' | 'overdraft'

/** What differs for our texts. */
const ours = (channel: 'voice' | 'sms', text: string) =>
  ({ code: '237105', text, callerId: undefined, call: { ...flashCall.call, channel } }) as const

const report =
  (said: string) =>
  ({ path }: Received) =>
    path.includes('/deliveryReport') ? value(said) : value([row(said)])

export const narayanaSpeakers: Record<string, Speaker> = {
  narayana: flashCall,
  'narayana voice': { ...flashCall, ...ours('voice', 'Your code is 2, 3, 7, 1, 0, 5.') },
  'narayana sms': {
    ...flashCall,
    ...ours('sms', '237105 is your Acme code.'),
    reached: 'delivered',
    namesNoPhone: true,
    delivered: report('SMS Deliv'),
    open: report('SMS Sent'),
    inWords: (request, words) => report(words)(request),
  },
}
