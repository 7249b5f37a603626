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

const flashCall: Speaker = {
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

/** What differs where we choose the code and write the text: the operator knows neither. */
function ours(channel: 'sms' | 'voice', { text, reached }: Pick<Speaker, 'reached'> & { text: string }) {
  const untold = { code: undefined }
  return {
    ...flashCall,
    code: '237105',
    text,
    answeredCode: null,
    recordedCode: null,
    reached,
    call: { ...flashCall.call, channel },
    placed: success({ id: '77123456789', to: '+79243555100' }),
    delivered: () => success({ ...call(channel === 'sms' ? 'Доставлено' : 'Абонент ответил'), ...untold }),
    open: () => success({ ...call('Вызов выполняется'), ...untold }),
    records: (at: Date) => success([{ ...call('no answer', at), ...untold }]),
  } satisfies Speaker
}

/** The same with a pool of numbers. */
const pool: Speaker = {
  ...flashCall,
  settings: { numbers: ['+74951110000-74951119999'] },
  callerId: '+74951112371',
  answeredCode: null,
  placed: success({ id: '77123456789', to: '+79243555100' }),
}

export const exampleTelSpeakers: Record<string, Speaker> = {
  'example-tel': flashCall,
  'example-tel pool': pool,
  'example-tel sms': ours('sms', { text: '237105 is your Acme code.', reached: 'delivered' }),
  'example-tel voice': ours('voice', { text: 'Your code is 2, 3, 7, 1, 0, 5.', reached: 'answered' }),
}
