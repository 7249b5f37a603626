import { describe, expect, it } from 'vitest'
import type { Channel } from '../../src/channels/channels.ts'
import { statusOn } from '../../src/channels/reached.ts'
import { outcomeOf, readPlaced, toRecords } from '../../src/providers/telefon-ip/wire.ts'

const answerOf = (data: unknown) => JSON.stringify({ success: true, error: '', data })

describe('an answer to get_code', () => {
  const read = (data: unknown, status = 200) =>
    readPlaced(
      { text: answerOf(data), status, address: 'https://api.telefon-ip.ru' },
      { channel: 'flash_call', phone: '+79243555100', code: null },
      [],
    )

  it('for another phone, or without code or id, is unclear', () => {
    expect(read({ phone: '89243555101', code: '2371', id: 1 }).kind).toBe('unclear')
    expect(read({ phone: '89243555100', id: 1 }).kind).toBe('unclear')
    expect(read({ phone: '89243555100', code: '2371' }).kind).toBe('unclear')
    expect(read({}).kind).toBe('unclear')
  })

  it('yields its code without an id too, unless it is for another phone', () => {
    for (const id of [undefined, null, '', {}, 0, '0', '000']) {
      expect(read({ phone: '89243555100', code: '0371', id })).toMatchObject({
        kind: 'unclear',
        code: '0371',
      })
      expect(read({ phone: '89243555101', code: '0371', id })).not.toHaveProperty('code')
    }
  })

  it('yields a code longer than usual', () => {
    expect(read({ phone: '89243555100', code: '023715', id: 1 })).toMatchObject({ code: '023715' })
    expect(read({ phone: '89243555100', code: '79243555100', id: 1 }).kind).toBe('unclear')
  })

  it('counts whatever its HTTP status; a code regains lost zeros', () => {
    expect(read({ phone: '89243555100', code: 71, id: 454733 }, 400)).toMatchObject({
      kind: 'placed',
      code: '0071',
    })
  })
})

describe('an answer to get_sms_code', () => {
  const read = (data: unknown) =>
    readPlaced(
      { text: answerOf(data), status: 200, address: 'https://api.telefon-ip.ru' },
      { channel: 'sms', phone: '+79243555100', code: '2371' },
      [],
    )

  it('about another phone says so: its owner may know the code', () => {
    const other = read({ phone: '89243555101', code: '2371', id: 1 })
    expect(other).toMatchObject({ kind: 'unclear', isOfAnother: true })
    expect(read({ phone: '89243555100', code: '2371', id: 0 })).not.toHaveProperty('isOfAnother')
  })
})

/** How a call or message ended, as `status` of the adapter says. */
function readOf(channel: Channel, status: unknown, info: string) {
  const outcome = outcomeOf(status, info, channel)
  return outcome && statusOn(channel, outcome)
}

describe('statuses', () => {
  it.each([
    [true, 'Ok: SIP 200 OK', 'answered'],
    [true, 'ok', 'no_answer'],
    [true, '', 'no_answer'],
    [true, 'Ok: SIP 486 Busy Here', 'busy'],
    [true, 'Ok: SIP 600 Busy Everywhere', 'busy'],
    [true, 'Ok: SIP 487 Request Terminated', 'no_answer'],
    [false, '', null],
    [false, '  ', null],
    [false, 'SIP 180 Ringing', null],
    [false, 'Error: SIP 486 Busy Here', 'busy'],
    [false, 'Error: SIP 600', 'busy'],
    [false, 'Error: SIP 404 Not Found', 'no_such_number'],
    [false, 'Error: SIP 484', 'no_such_number'],
    [false, 'Error: SIP 604', 'no_such_number'],
    [false, 'Error: SIP 408', 'unreachable'],
    [false, 'Error: SIP 480', 'unreachable'],
    [false, 'Error: SIP 503 Service Unavailable', 'unreachable'],
    [false, 'Error: SIP 403 Forbidden', 'unknown'],
    [false, 'something new', null],
  ])('%s with %j is %s', (status, info, outcome) => {
    expect(readOf('flash_call', status, info)).toBe(outcome)
  })

  it.each([
    [1, 'ok', 'no_answer'],
    [0, '', null],
    ['1', '', 'no_answer'],
    ['0', '', null],
    ['True', '', 'no_answer'],
    ['False', '', null],
    [null, '', null],
    [undefined, 'ok', 'no_answer'],
    [-1, '', null],
    ['error', '', null],
    ['busy', '', 'busy'],
    ['Ok: SIP 200 OK', '', 'answered'],
  ])('%j with %j is %s', (status, info, outcome) => {
    expect(readOf('flash_call', status, info)).toBe(outcome)
  })

  it.each([
    ['error', 'Error: SIP 404 Not Found', 'no_such_number'],
    [-1, 'Error: SIP 480 Temporarily Unavailable', 'unreachable'],
    [1, 'Error: SIP 404 Not Found', 'no_such_number'],
    [1, 'SIP 480', 'unreachable'],
    [1, 'Ok: SIP 480', 'no_answer'],
    [0, 'Ok: SIP 200 OK', 'answered'],
    [1, 'SIP/2.0 486 Busy Here', 'busy'],
    [0, 'Недоступен, SIP code: 486', 'busy'],
  ])('%j beside %j follows the SIP reply: %s', (status, info, outcome) => {
    expect(readOf('flash_call', status, info)).toBe(outcome)
  })

  it.each([
    'В обработке',
    'Вызов выполняется',
    'Calling',
    'queued',
    'Ожидание',
    'Error',
    '...',
    'не занят',
    'Все линии заняты',
    'All circuits are busy',
    'Server busy',
    'Статус вызова недоступен',
    'Service temporarily unavailable',
    'Запись не существует',
    'Нет ответа от сервера',
    'No answer from gateway',
    'not yet answered',
    'Ждём, пока абонент ответит',
    'Абонент недоступен, повтор через минуту',
    'Subscriber unavailable, will retry',
  ])('falsy with %j proves nothing: the call is open', (info) => {
    for (const status of [false, 0, '0', null]) expect(readOf('flash_call', status, info)).toBeNull()
  })

  it.each([
    ['Абонент занят', 'busy'],
    ['Линия занята', 'busy'],
    ['ЗАНЯТО', 'busy'],
    ['Error: user busy', 'busy'],
    ['Абонент не отвечает', 'no_answer'],
    ['Не ответил', 'no_answer'],
    ['No answer', 'no_answer'],
    ['Абонент недоступен', 'unreachable'],
    ['Телефон выключен или находится вне зоны действия сети', 'unreachable'],
    ['Subscriber not available', 'unreachable'],
    ['Номер не существует', 'no_such_number'],
    ['No such number', 'no_such_number'],
    ["The number doesn't exist", 'no_such_number'],
    ['Неотвеченный вызов', 'no_answer'],
    ['Не ответила', 'no_answer'],
    ['Нет ответа от абонента', 'no_answer'],
    ['Temporarily unavailable', 'unreachable'],
    ['Набран несуществующий номер', 'no_such_number'],
    ['Абонент ответил.', 'answered'],
  ])('falsy with %j is %s', (info, outcome) => {
    expect(readOf('flash_call', 0, info)).toBe(outcome)
  })
})

describe('an answer about a message', () => {
  const read = (channel: 'sms' | 'telegram', data: object) => {
    const answer = { text: answerOf({ phone: '89243555100', id: 1, ...data }), status: 200, address: '' }
    return readPlaced(answer, { channel, phone: '+79243555100', code: '0071' }, [])
  }

  it('needs no code: ours is the one that was sent', () => {
    for (const code of ['0071', 71, '****', null, undefined])
      expect(read('sms', { code })).toMatchObject({ kind: 'placed', callId: '1', code: null, final: null })
  })

  it('yields the code that the operator sent instead of ours', () => {
    expect(read('sms', { code: '2371' })).toMatchObject({ kind: 'placed', code: '2371' })
    expect(read('sms', { code: '2371', id: null })).toMatchObject({ kind: 'unclear', code: '2371' })
  })

  it('ends a Telegram message at once only if it failed', () => {
    expect(read('telegram', { status: 1, status_info: 'ok' })).toMatchObject({ final: null })
    expect(read('telegram', { status: 0, status_info: '' })).toMatchObject({ final: null })
    expect(read('telegram', { status: 0, status_info: 'не доставлено' })).toMatchObject({
      final: { status: 'unreachable', assumed: false },
    })
  })
})

describe('a message', () => {
  it.each([
    'Недоставлено',
    'undelivered',
    'Не доставлено.',
    'НЕ ДОСТАВЛЕНО',
    'Ошибка: не доставлено',
    'Error: Not delivered',
    'Сообщение не доставлено!',
    'failed',
    'Failed.',
    'Expired',
    'Истёк срок',
  ])('with %j did not arrive, as status or text, whatever the other says', (info) => {
    for (const channel of ['sms', 'telegram'] as const) {
      for (const status of [0, false, null, 1]) expect(readOf(channel, status, info)).toBe('unreachable')
      expect(readOf(channel, info, '')).toBe('unreachable')
      expect(readOf(channel, info, 'Недоставлено')).toBe('unreachable')
    }
  })

  it.each([
    'Абонент не отвечает',
    'Нет ответа',
    'No answer',
    'unanswered',
    'Не доставлено, повтор через час',
  ])('with %j has not ended: that says nothing about a message', (info) => {
    for (const status of [0, false, null]) expect(readOf('sms', status, info)).toBeNull()
  })

  it.each([
    [1, 'ok'],
    [1, 'Ok: delivered'],
    ['delivered', ''],
    [0, 'Доставлено'],
    [1, 'Ok: SIP 200 OK'],
  ])('with %j and %j arrived', (status, info) => {
    expect(readOf('sms', status, info)).toBe('delivered')
  })

  it('in a billing row, which tells no channel, is read alike', () => {
    const read = (status_info: string, status = 0) => {
      const row = { created_at: '2021-12-29T14:06:51', code_auth: '2371', phone: '89243555100' }
      const { result } = toRecords([{ ...row, status, status_info }], 'token').rows[0] ?? {}
      return result && { sms: statusOn('sms', result.status), call: statusOn('flash_call', result.status) }
    }
    expect(read('ok', 1)).toEqual({ sms: 'delivered', call: 'no_answer' })
    expect(read('Абонент не отвечает')).toEqual({ sms: 'unknown', call: 'no_answer' })
    expect(read('Недоставлено')).toEqual({ sms: 'unreachable', call: 'unreachable' })
    expect(read('failed')).toBeNull()
  })

  it('fails in words that say nothing about a call', () => {
    for (const info of ['failed', 'expired']) expect(readOf('flash_call', 0, info)).toBeNull()
  })
})
