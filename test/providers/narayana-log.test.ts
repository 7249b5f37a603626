import { describe, expect, it } from 'vitest'
import { narayana } from '../../src/providers/narayana/index.ts'
import { CURRENCY } from '../../src/providers/narayana/wire.ts'
import {
  answer,
  at,
  called,
  limitsOf,
  loggedBy,
  operatorWith,
  others,
  PHONE,
  row,
} from './narayana-support.ts'

describe('the status of a call', () => {
  it.each([
    ['ANSWER', 'answered'],
    ['16ANSWERED', 'answered'],
    ['SUCCESS', 'answered'],
    ['BUSY', 'busy'],
    ['17', 'busy'],
    ['17BUSY', 'busy'],
    ['0CANCEL', 'no_answer'],
    ['16CANCEL', 'no_answer'],
    ['NOANSWER', 'no_answer'],
    ['No Answer', 'no_answer'],
    ['18', 'no_answer'],
    ['19NOANSWER', 'no_answer'],
    ['1CHANUNAVAIL', 'no_such_number'],
    ['28CONGESTION', 'no_such_number'],
    ['3CHANUNAVAIL', 'unreachable'],
    ['20', 'unreachable'],
    ['UNAVAIL', 'unreachable'],
    ['34CONGESTION', 'unreachable'],
    ['21', 'unknown'],
    ['21CANCEL', 'unknown'],
    ['', null],
    [null, null],
    ['1', null],
    ['16', null],
    ['99INPUT', null],
    ['UNSUCCESS', null],
    ['RINGING', null],
  ])('%j means %s', async (status, result) => {
    const { account } = await loggedBy([row('5.1', { status })])
    const outcome = await narayana.status(account, called('5.1'))
    expect(outcome).toMatchObject(result ? { kind: 'final', result: { status: result } } : { kind: 'open' })
  })

  it('is that of the row with its id, with the cost, and the end of the number that was shown', async () => {
    const { account } = await loggedBy([row('5.1', { status: 'ANSWER', cost: '0.0123456789' }), row('6.1')])
    expect(await narayana.status(account, called('5.1'))).toEqual({
      kind: 'final',
      result: { status: 'answered', assumed: false, costMicros: 12_346n },
      detail: 'ANSWER',
      callerEnding: '2371',
    })
  })

  it('of two rows with one id is the later one’s, and their costs add up; a row that comes twice counts once', async () => {
    const first = row('5.1', { status: 'ANSWER', cost: '0.05' })
    const correction = row('5.1', { status: '0CANCEL', cost: '-0.02', clientdate: at(2_000) })
    const { account } = await loggedBy([correction, first, first])
    expect(await narayana.status(account, called('5.1'))).toMatchObject({
      result: { status: 'no_answer', costMicros: 30_000n },
    })
  })

  it('is found behind 500 rows of others, by growing windows', async () => {
    const { account, requests } = await loggedBy([...others(500), row('5.1')])
    expect(await narayana.status(account, called('5.1', 60_000))).toMatchObject({ kind: 'final' })
    expect(limitsOf(requests)).toEqual([200, 800])
  })

  it('is open while the log does not hold the call, and a fault while the log is too short to say so', async () => {
    const whole = await loggedBy(others(201))
    expect(await narayana.status(whole.account, called('5.1', 60_000))).toMatchObject({ kind: 'open' })
    const clipped = await loggedBy(others(5_000), { most: 1_000 })
    expect(await narayana.status(clipped.account, called('5.1', 120_000))).toMatchObject({ kind: 'fault' })
    expect(limitsOf(clipped.requests)).toEqual([200, 800, 3_200])
  })

  it('is read once for all calls that wait, and at most once in `log_every_ms`', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `5.${i}`)
    const { account, requests } = await loggedBy(
      ids.map((id) => row(id)),
      { settings: { log_every_ms: 200 } },
    )
    const ask = () => Promise.all(ids.map((id) => narayana.status(account, called(id))))
    expect((await ask()).map(({ kind }) => kind)).toEqual(ids.map(() => 'final'))
    expect(requests).toHaveLength(1)
    await ask()
    expect(requests).toHaveLength(2)
  })

  it('is found by phone and time where rows have other ids, if one row fits', async () => {
    const fits = row('77', { clientdate: at(9_000) })
    const cases: [unknown[], string][] = [
      [[fits], 'final'],
      [[fits, row('78', { destination: '79990000000' })], 'final'],
      [[fits, row('79', { clientdate: at(8_000) })], 'open'],
      [[row('77', { clientdate: at(90_000) })], 'open'],
      [[row('77', { clientdate: 'today' })], 'open'],
    ]
    for (const [rows, kind] of cases) {
      const { account } = await loggedBy(rows, { settings: { timezone_hours: null } })
      expect((await narayana.status(account, called('5.1'))).kind).toBe(kind)
    }
  })

  it('of a callback is found by phone and time; the row of its second leg is another phone’s', async () => {
    const { account } = await loggedBy([row('77', { status: 'ANSWER' }), row('78', { destination: '12345' })])
    expect(await narayana.status(account, called('log:1764330000000'))).toMatchObject({
      kind: 'final',
      result: { status: 'answered' },
    })
  })

  it('is not guessed from another row once rows are known to have the ids of calls', async () => {
    const { account } = await loggedBy([row('5.1')])
    expect(await narayana.status(account, called('5.1'))).toMatchObject({ kind: 'final' })
    expect(await narayana.status(account, called('5.2'))).toMatchObject({ kind: 'open' })
  })

  it('of a message is the operator’s report, with the cost of the log if that can be read', async () => {
    const sms = { ...called('5.1'), channel: 'sms' as const }
    const report = { deliveryReport: () => answer('SMS Deliv') }
    const told = await operatorWith({ ...report, getLogs: () => answer([row('5.1', { cost: 0.07 })]) })
    expect(await narayana.status(told.account, sms)).toMatchObject({
      kind: 'final',
      result: { status: 'delivered', costMicros: 70_000n },
    })
    const untold = await operatorWith(report)
    expect(await narayana.status(untold.account, sms)).toMatchObject({
      kind: 'final',
      result: { status: 'delivered', costMicros: null },
    })
    const undelivered = await operatorWith({ deliveryReport: () => ({ status: 200, body: 'SMS Undeliv' }) })
    expect(await narayana.status(undelivered.account, sms)).toMatchObject({
      result: { status: 'unreachable' },
    })
  })
})

describe('the log', () => {
  const query = (msAgo: number, phone: string | null = PHONE) => ({
    from: new Date(Date.now() - msAgo),
    to: new Date(),
    phone,
  })

  it.each([5.5, '-3.5', 0] as const)('is dated in the user’s zone, %j', async (timezone) => {
    const clientdate = at(10_000, Number(timezone))
    const { account, requests } = await loggedBy([row('5.1', { clientdate })], {
      timezone,
      settings: { timezone_hours: null },
    })
    const { rows } = await narayana.records(account, query(60_000))
    const utc = Date.parse(`${clientdate.replace(' ', 'T')}Z`) - Number(timezone) * 3_600_000
    expect(rows[0]?.at.getTime()).toBe(utc)
    expect(requests.map(({ path }) => path.split('/').at(-1)?.split('?')[0])).toEqual(['getLogs', 'getValue'])
    await narayana.records(account, query(60_000))
    expect(requests).toHaveLength(3)
  })

  it('cannot be read without the zone', async () => {
    for (const timezone of ['Moscow', 99, null]) {
      const { account } = await loggedBy([row('5.1')], { timezone, settings: { timezone_hours: null } })
      await expect(narayana.records(account, query(60_000))).rejects.toThrow('timezone')
    }
  })

  it('is never taken for whole if the server cut it', async () => {
    for (const most of [100, 200, 256, 1_000]) {
      const { account } = await loggedBy(others(5_000), { most })
      await expect(narayana.records(account, query(3_600_000))).rejects.toThrow('far enough')
    }
    const { account } = await loggedBy(others(30_000))
    await expect(narayana.records(account, query(86_400_000))).rejects.toThrow('far enough')
  })

  it('is whole if it is shorter than asked, or reaches back', async () => {
    for (const rows of [[], others(7), others(999), others(3_000, 600_000)]) {
      const { account } = await loggedBy(rows)
      expect(await narayana.records(account, query(300_000))).toMatchObject({ isWhole: true })
    }
    const empty = await operatorWith({ getLogs: () => answer({}) })
    expect(await narayana.records(empty.account, query(1_000))).toMatchObject({ rows: [], isWhole: true })
  })

  it('names calls by the phone asked for, in any notation, and leaves out SIP logins', async () => {
    const rows = [
      row('1.1', { destination: '89243555100' }),
      row('2.1', { destination: '12345' }),
      row('3.1', { destination: '842999' }),
    ]
    const { account } = await loggedBy(rows)
    const records = await narayana.records(account, query(60_000))
    expect(records).toMatchObject({
      rows: [{ phone: PHONE, callId: '1.1', code: '2371', ofCaller: true }],
      isWhole: true,
    })
  })
})

describe('the balance', () => {
  const told = (values: Record<string, unknown>) =>
    operatorWith({ getValue: (_request, params) => answer(values[params.get('property') ?? '']) })

  it('is in euros, down to the overdraft', async () => {
    const { account } = await told({ balance: '-1.00', overdraft: 2.5, active: '1' })
    expect(await narayana.balance(account)).toEqual({
      balanceMicros: -1_000_000n,
      currency: CURRENCY,
      limitMicros: -2_500_000n,
      callPriceMicros: null,
    })
  })

  it.each([-1, 0, 2, 3])('of a user who may not call (%i) is refused', async (active) => {
    const { account } = await told({ balance: 1, overdraft: 0, active })
    await expect(narayana.balance(account)).rejects.toMatchObject({ reason: 'refused' })
  })
})

it('own numbers are those that are enabled and not expired', async () => {
  const did = (did: unknown, changes = {}) => ({ did, enabled: 1, expiration: at(-86_400_000), ...changes })
  const rows = [
    did('74951110000'),
    did(74951110001),
    did('74951110002', { enabled: 0 }),
    did('74951110003', { expiration: at(86_400_000) }),
    did('12345'),
    did('+7 495 111-00-04', { expiration: 'never' }),
    null,
  ]
  const { account } = await operatorWith({ getDIDList: () => answer(rows) })
  expect(await narayana.ownNumbers?.(account)).toEqual(['+74951110000', '+74951110001', '+74951110004'])
})
