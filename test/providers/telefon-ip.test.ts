import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTime } from '../../src/providers/dates.ts'
import { parseBillingCsv } from '../../src/providers/telefon-ip/csv.ts'
import { telefonIp } from '../../src/providers/telefon-ip/index.ts'
import {
  formatMoscowTime,
  MOSCOW,
  moscowDay,
  outcomeOf,
  readPlaced,
  statusData,
  toBalance,
  toE164,
  toOperatorPhone,
  toRecords,
} from '../../src/providers/telefon-ip/wire.ts'
import { issue } from '../../src/words/text.ts'
import { type Received, rawOperator } from './raw-operator.ts'
import { accountAt } from './speakers.ts'

const TOKEN = '4ea13fbf-f5a3-4084-8b01-9733cd6fd0b1'
/** The row from the document's examples. */
const ROW = {
  created_at: '2021-12-29T14:06:51',
  code_auth: '2371',
  status: 1,
  status_info: 'ok',
  phone: '89243555100',
  price: 0.2,
}
const ok = (data: unknown) => ({ status: 200, body: JSON.stringify({ success: true, error: '', data }) })

describe('the document’s examples', () => {
  it('get_status', () => {
    const read = statusData.parse({
      id: 454733,
      created_at: '2023-04-02T12:54:31',
      phone: '89243555100',
      status: 1,
      status_info: 'Ok: SIP 200 OK',
      price: 0.2,
    })
    expect(read).toMatchObject({ id: '454733', price: 200_000n })
    expect(outcomeOf(read.status, read.status_info, 'flash_call')).toBe('answered')
  })

  it('get_balance', () => {
    expect(toBalance({ balance: 5.0, price: 0.2, balance_limit: 0.0 })).toEqual({
      balanceMicros: 5_000_000n,
      currency: 'RUB',
      limitMicros: 0n,
      callPriceMicros: 200_000n,
    })
  })

  it('a billing row, in Moscow time', () => {
    expect(toRecords([ROW], TOKEN).rows).toEqual([
      {
        row: expect.stringMatching(/^2021-12-29T11:06:51\.000Z\/[0-9a-f]{24}$/),
        callId: null,
        at: new Date('2021-12-29T11:06:51Z'),
        zoned: false,
        phone: '+79243555100',
        code: '2371',
        result: { status: 'delivered', assumed: false, costMicros: 200_000n },
        detail: 'ok',
      },
    ])
  })
})

describe('phones', () => {
  const national = fc.stringMatching(/^[0-9]{10}$/)

  it('are sent as 8XXXXXXXXXX and read back the same', () => {
    fc.assert(
      fc.property(national, (digits) => {
        expect(toOperatorPhone(`+7${digits}`)).toBe(`8${digits}`)
        for (const form of [`8${digits}`, `7${digits}`, `+7${digits}`])
          expect(toE164(form)).toBe(`+7${digits}`)
      }),
    )
  })

  it('are called only as +7 and ten digits', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(toOperatorPhone(text) === null).toBe(!/^\+7\d{10}$/.test(text))
      }),
    )
    expect(toOperatorPhone('+375291234567')).toBeNull()
  })

  it('it cannot call are refused without a request', async () => {
    const operator = await rawOperator(() => undefined)
    const outcome = await telefonIp.place(accountAt('telefon-ip', operator.url) as never, {
      channel: 'flash_call',
      phone: '+12025550123',
      code: null,
    })
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'invalid_phone' })
    expect(operator.requests).toEqual([])
  })
})

describe('Moscow time', () => {
  it('survives writing and reading, to the second', () => {
    const seconds = fc.integer({ min: 1_577_836_800, max: 4_102_444_800 })
    fc.assert(
      fc.property(seconds, (at) => {
        expect(readTime(formatMoscowTime(new Date(at * 1_000)), MOSCOW)?.at).toEqual(new Date(at * 1_000))
      }),
    )
  })
})

const FLASH = { channel: 'flash_call', phone: '+79243555100', code: null } as const

describe('what is sent', () => {
  const to = new Date('2024-01-10T21:00:02Z')
  const from = new Date('2024-01-10T20:59:57Z')

  async function recorded(act: (account: never) => Promise<unknown>, settings = {}, reply: unknown = []) {
    const operator = await rawOperator(() => ok(reply))
    await act(accountAt('telefon-ip', operator.url, settings) as never).catch(() => {})
    return operator.requests.map(({ method, path, body }: Received) => ({
      method,
      path: path.replace(TOKEN, 'T'),
      body,
    }))
  }

  it.each([
    ['flash_call', null, 'get_code/89243555100/'],
    ['sms', '0071', 'get_sms_code/89243555100/?code=0071'],
    ['telegram', '0071', 'get_tg_code/89243555100/?code=0071'],
  ] as const)('for %s with the code %s: %s', async (channel, code, path) => {
    const place = (account: never) => telefonIp.place(account, { channel, phone: '+79243555100', code })
    expect(await recorded(place)).toEqual([{ method: 'GET', path: `/api/v1/authcalls/T/${path}`, body: '' }])
  })

  it('nothing for a channel that it does not have, or a code that it cannot send', async () => {
    const phone = '+79243555100'
    for (const call of [
      { channel: 'voice', phone, code: '1234' },
      { channel: 'sms', phone, code: null },
      { channel: 'sms', phone, code: '123456' },
    ] as const) {
      expect(await recorded((account: never) => telefonIp.place(account, call))).toEqual([])
    }
  })

  it('post_billing_data for both days around Moscow midnight', async () => {
    expect(await recorded((account) => telefonIp.records(account, { from, to, phone: null }))).toEqual([
      {
        method: 'POST',
        path: '/api/v1/authcalls/T/post_billing_data/',
        body: '{"start_date":"2024-01-10","end_date":"2024-01-11"}',
      },
    ])
    expect([moscowDay(from), moscowDay(to)]).toEqual(['2024-01-10', '2024-01-11'])
  })

  it('only get_billing_record for a recent span that its rows cover', async () => {
    const span = { from: new Date(Date.now() - 5_000), to: new Date(), phone: null }
    const paths = (await recorded((account) => telefonIp.records(account, span), {}, [ROW])).map(
      ({ path }) => path,
    )
    expect(paths).toEqual(['/api/v1/authcalls/T/get_billing_record/100/'])
  })

  it('post_billing_data too if the last 100 rows are all newer', async () => {
    const span = { from: new Date(Date.now() - 60_000), to: new Date(), phone: null }
    const rows = Array(100).fill({ ...ROW, created_at: formatMoscowTime(new Date()) })
    const paths = (await recorded((account) => telefonIp.records(account, span), {}, rows)).map(
      ({ path }) => path,
    )
    expect(paths.map((path) => path.split('/')[5])).toEqual(['get_billing_record', 'post_billing_data'])
  })
})

describe('records by CSV', () => {
  const line = '2021-12-29T14:06:51,2371,1,"ok, ""really""",89243555100,0.2'

  it('reads columns by name, with commas or semicolons, quotes and a byte order mark', () => {
    const rows = parseBillingCsv(`\uFEFFcreated_at,code_auth,status,status_info,phone,price\r\n${line}\r\n`)
    expect(rows).toEqual([{ ...ROW, status: '1', status_info: 'ok, "really"', price: '0.2' }])
    expect(parseBillingCsv('phone;created_at\n89243555100;2021-12-29T14:06:51')).toEqual([
      { phone: ROW.phone, created_at: ROW.created_at },
    ])
  })

  it.each(['', '{"success":false}', '<html>', line])('reads no table in %j', (text) => {
    expect(parseBillingCsv(text)).toBeNull()
  })

  it.each([
    '2021-12-29T14:06:51,2371,1,Ok, SIP 200,89243555100,0.2',
    '2021-12-29T14:06:51,23',
    '2021-12-29T14:06:51,2371,1,ok,8924***5100,0.2',
  ])('proves no absence with the line %j', async (bad) => {
    const table = ['created_at,code_auth,status,status_info,phone,price', `${line},`, bad].join('\n')
    const operator = await rawOperator(({ path }) => ({
      status: path.includes('get_billing_csv') ? 200 : 404,
      body: path.includes('get_billing_csv') ? table : '{"success":false}',
    }))
    const at = new Date('2021-12-29T11:06:51Z')
    const span = { from: at, to: at, phone: '+79243555100' }
    const records = await telefonIp.records(accountAt('telefon-ip', operator.url) as never, span)
    expect(records).toMatchObject({ rows: [{ code: '2371', at }], isWhole: false })
  })

  it('is read if post_billing_data is refused', async () => {
    const operator = await rawOperator(({ path }) =>
      path.includes('get_billing_csv')
        ? { status: 200, body: `created_at,code_auth,status,status_info,phone,price\n${line}\n` }
        : { status: 400, body: JSON.stringify({ success: false, error: 'not for this account', data: {} }) },
    )
    const at = new Date('2021-12-29T11:06:51Z')
    const records = await telefonIp.records(accountAt('telefon-ip', operator.url) as never, {
      from: at,
      to: at,
      phone: null,
    })
    expect(records.rows).toMatchObject([{ code: '2371', phone: '+79243555100', at }])
  })
})

describe('the code of a call', () => {
  it('keeps its leading zeros in answers, records and CSV rows, in any notation', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{4}$/), (code) => {
        const notations = [
          code,
          Number(code),
          ` ${code}`,
          `${code.slice(0, 2)} ${code.slice(2)}`,
          String(Number(code)),
        ]
        for (const given of notations) {
          const placed = ok({ phone: 79243555100, code: given, id: '454733' }).body
          const answer = { text: placed, status: 200, address: '' }
          expect(readPlaced(answer, FLASH, [])).toMatchObject({ callId: '454733', code })
          expect(toRecords([{ ...ROW, code_auth: given }], TOKEN).rows).toMatchObject([{ code }])
          const [row] =
            parseBillingCsv(
              `created_at,phone,status,code_auth\n${ROW.created_at},89243555100,1,"${given}"`,
            ) ?? []
          expect(toRecords([row], TOKEN).rows).toMatchObject([{ code, phone: '+79243555100' }])
        }
      }),
    )
  })

  it('is absent if a row hides it, and the row is still read', () => {
    for (const code_auth of ['****', '', null, undefined, 'нет', 123456789])
      expect(toRecords([{ ...ROW, code_auth }], TOKEN).rows).toMatchObject([
        { code: null, phone: '+79243555100' },
      ])
  })
})

describe('rows without an id', () => {
  it('have names of their own, stable as other rows come and go', () => {
    const other = { ...ROW, code_auth: '1111' }
    const [first] = toRecords([ROW], TOKEN).rows
    const names = toRecords([other, ROW, ROW], TOKEN).rows.map(({ row }) => row)
    expect(new Set(names).size).toBe(3)
    expect(names[1]).toBe(first?.row)
  })
})

describe('credentials', () => {
  const parse = (token: string) => telefonIp.credentials.safeParse({ token })

  it('lose the characters that copying adds', () => {
    expect(parse(`  “${TOKEN}”\u00a0\n`).data).toEqual({ token: TOKEN })
  })

  it.each(['', 'short', '../../etc', 'a/b/c/d/e/f', 'токен-токен-токен'])('reject %j clearly', (token) => {
    expect(parse(token).error?.issues[0]).toMatchObject({
      path: ['token'],
      message: issue('telefon_ip_token'),
    })
  })
})
