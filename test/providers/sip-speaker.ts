import type { Received } from './raw-operator.ts'
import type { Speaker } from './speaker.ts'

const ID = '0193f2a4-b6c8-7d1e-9f0a-1b2c3d4e5f60'
export const CALLER = '+74951112371'

/** A call as the gateway tells it. */
const call = (told: Record<string, unknown>) => ({
  id: ID,
  trunk: 'prv_test',
  from: CALLER,
  to: '+79243555100',
  state: 'alerted',
  alerted: true,
  sip_status: null,
  q850: null,
  invited_at: new Date().toISOString(),
  alerted_at: null,
  cancelled_at: null,
  ended_at: null,
  verdict: null,
  ...told,
})
const ended = (told: Record<string, unknown> = {}) =>
  call({
    state: 'ended',
    sip_status: 487,
    verdict: { status: 'no_answer', refusal: null, unclear: false, assumed: false, flagged: false },
    ...told,
  })

/** The gateway speaks for the trunk: the URL of a test is where it listens. */
export const sipSpeaker: Speaker = {
  trunk: (server) => ({ baseUrl: `sip:${server}:5060` }),
  credentials: { username: 'trunk-user', password: 'trunk-password' },
  settings: { numbers: ['+74951110000-74951119999'] },
  code: null,
  callerId: CALLER,
  answeredCode: null,
  recordedCode: '2371',
  reached: 'no_answer',
  call: { channel: 'flash_call', phone: '+79243555100', callId: ID },
  say: (_request: Received, body, status = 201) => ({ status, body }),
  placed: call({}),
  refusal: (said) => ({ error: said }),
  reasons: [
    ['channels', 'limit'],
    ['rate', 'limit'],
    ['stopped', 'unauthorized'],
    ['unregistered', 'unavailable'],
    ['unauthorized', 'unavailable'],
    ['something', 'other'],
  ],
  bareRefusals: [],
  unauthorized: () => ({ status: 503, body: JSON.stringify({ error: 'stopped' }) }),
  delivered: () => ended(),
  undecided: { trunk: 'x', state: 'x', alerted_at: 'x', cancelled_at: 'x', ended_at: 'x', extra: 1 },
  open: () => call({}),
  inWords: () => call({}),
  balance: { unauthorized: false, registered: null, address: '127.0.0.2' },
  currency: null,
  records: (at) => ({ data: [ended({ invited_at: at.toISOString() })], next: null }),
}
