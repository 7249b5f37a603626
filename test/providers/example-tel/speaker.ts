import type { Speaker } from '../speaker.ts'

const call = (state: string, at = new Date()) => ({
  id: '77123456789',
  to: '+79243555100',
  code: '2371',
  state,
  price: 0.2,
  created_at: at.toISOString(),
})
const success = (data: unknown) => ({ success: true, data })

/** The same with a pool of numbers. */
export const examplePoolSpeaker = (): Speaker => ({
  ...exampleTelSpeaker,
  settings: { numbers: ['+74951110000-74951119999'] },
  callerId: '+74951112371',
  answeredCode: null,
  placed: success({ id: '77123456789', to: '+79243555100' }),
})

export const exampleTelSpeaker: Speaker = {
  credentials: { key: 'kf83Jd02-example-tel-key' },
  code: null,
  answeredCode: '2371',
  recordedCode: '2371',
  reached: 'answered',
  call: { channel: 'flash_call', phone: '+79243555100', callId: '77123456789' },
  say: (_request, body, status = 200) => ({ status, body }),
  placed: success({ id: '77123456789', to: '+79243555100', code: '2371' }),
  refusal: (error) => ({ success: false, error }),
  bareRefusals: [{ success: false }],
  unauthorized: () => ({ status: 401, body: JSON.stringify({ success: false, error: 'Unauthorized' }) }),
  delivered: () => success(call('Абонент ответил')),
  undecided: { price: '', created_at: '' },
  open: () => success(call('Вызов выполняется')),
  inWords: (_request, words) => success(call(words)),
  balance: success({ balance: 5 }),
  records: (at) => success([call('no answer', at)]),
}
