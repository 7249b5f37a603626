import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText } from '../../src/providers/encoding.ts'
import {
  amountMicros,
  codeOf,
  flag,
  id,
  integer,
  namesAnotherId,
  namesAnotherPhone,
  optional,
  parseJson,
  text,
} from '../../src/providers/read.ts'

describe('JSON of operators', () => {
  it('is read despite marks and blanks around it', () => {
    const around = fc.stringMatching(/^[\uFEFF \r\n\t]{0,4}$/)
    fc.assert(
      fc.property(fc.jsonValue(), around, around, (value, before, after) => {
        const json = JSON.stringify(value)
        fc.pre(!/\d{16}/.test(json))
        expect(parseJson(before + json + after)).toEqual(JSON.parse(json))
      }),
    )
  })

  it('keeps every digit of ids too long for a number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 17n, max: 10n ** 40n }), (long) => {
        expect(id.parse((parseJson(`{"callId": ${long}}`) as { callId: unknown }).callId)).toBe(String(long))
      }),
    )
    expect(parseJson('{"callId":1234567890123456,"price":0.20000000000000001}')).toEqual({
      callId: 1234567890123456,
      price: 0.2,
    })
  })

  it.each(['', '<html>', '{"success": tru', '{} {}', 'undefined'])('is not %j', (text) => {
    expect(parseJson(text)).toBeUndefined()
  })

  it('is read as UTF-8 if valid, else as the mark or the content type says', () => {
    const json = '{"status":"занято"}'
    const utf16 = Buffer.from(`\uFEFF${json}`, 'utf16le')
    const windows = Buffer.from(
      [...json].map((c) => (c > '\u0400' ? c.charCodeAt(0) - 0x350 : c.charCodeAt(0))),
    )
    expect(decodeText(Buffer.from(`\uFEFF${json}`), 'application/json; charset=windows-1251')).toBe(json)
    expect(decodeText(utf16, undefined)).toBe(json)
    expect(decodeText(utf16.swap16(), undefined)).toBe(json)
    expect(decodeText(windows, 'application/json; charset="windows-1251"')).toBe(json)
    expect(decodeText(windows, 'application/json; charset=nonsense')).toContain('{"status":"')
  })
})

describe('members', () => {
  it.each([
    [[true, 1, '1', 'true', 'True', ' TRUE ', 'yes'], true],
    [[false, 0, '0', 'false', 'False', 'no'], false],
    [['', null, 2, 'maybe', {}, undefined], undefined],
  ])('%j is the flag %j', (given, value) => {
    for (const one of given) expect(optional(flag).parse(one) ?? undefined).toBe(value)
  })

  it('for text, integers and ids are read as string or number, and absent if unreadable', () => {
    expect([text.parse(8), text.parse(' busy '), text.parse(true)]).toEqual(['8', 'busy', 'true'])
    expect([integer.parse('8'), integer.parse(8), integer.parse(' 8\u200b')]).toEqual([8, 8, 8])
    expect([id.parse(454733), id.parse('da39-a3_EE')]).toEqual(['454733', 'da39-a3_EE'])
    for (const given of ['', 'x', 1.5, {}, [], null])
      expect(optional(integer).parse(given) ?? null).toBeNull()
    for (const given of ['', 'none', true, 'a/1', '-1', {}, null])
      expect(optional(id).parse(given) ?? null).toBeNull()
  })

  it.each([
    [0.2, 200_000n],
    ['0.20', 200_000n],
    ['0,20', 200_000n],
    ['0.20 руб.', 200_000n],
    ['0,20 ₽', 200_000n],
    ['1 234,50 RUB', 1_234_500_000n],
    ['12\u00a0345.6', 12_345_600_000n],
    ['−5', -5_000_000n],
    ['0,125', 125_000n],
    [1e-7, 0n],
    ['+3', 3_000_000n],
    ['', undefined],
    ['1,234', undefined],
    ['0.20 USD', undefined],
    ['0.2.1', undefined],
    ['free', undefined],
    [2e9, undefined],
    [Number.NaN, undefined],
  ])('%j is the amount %s', (given, micros) => {
    expect(optional(amountMicros).parse(given) ?? undefined).toBe(micros)
  })

  it('for codes regain leading zeros lost as a number, in any notation, and are never shorter', () => {
    const digits = fc.stringMatching(/^[0-9]{4,5}$/)
    fc.assert(
      fc.property(digits, (code) => {
        const read = codeOf(code.length)
        const notations = [
          Number(code),
          code,
          ` ${code}\n`,
          code.split('').join(' '),
          `${code.slice(0, 2)}-${code.slice(2)}`,
        ]
        for (const given of [...notations, code.replace(/^0+(?=.)/, '')]) expect(read.parse(given)).toBe(code)
      }),
    )
    for (const given of ['', '****', null, {}, 'none']) expect(codeOf(4).safeParse(given).success).toBe(false)
  })
})

describe('the phone in an operator’s answer', () => {
  const national = fc.stringMatching(/^9[0-9]{9}$/)
  const written = [
    (digits: string) => `+7${digits}`,
    (digits: string) => `7${digits}`,
    (digits: string) => Number(`7${digits}`),
    (digits: string) => `8${digits}`,
    (digits: string) => Number(`8${digits}`),
    (digits: string) => digits,
    (digits: string) => Number(digits),
    (digits: string) => `8 (${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`,
    (digits: string) => ` +7\u00a0${digits.slice(0, 3)} ${digits.slice(3)}\u200e`,
    (digits: string) => `007${digits}`,
  ]

  it('matches in every notation, and no other phone matches in any', () => {
    fc.assert(
      fc.property(national, national, fc.constantFrom(...written), (own, other, write) => {
        expect(namesAnotherPhone(write(own), `+7${own}`)).toBe(false)
        if (own !== other) expect(namesAnotherPhone(write(other), `+7${own}`)).toBe(true)
      }),
    )
    expect(namesAnotherPhone('375291234567', '+375291234567')).toBe(false)
    expect(namesAnotherPhone('85291234567', '+85291234567')).toBe(false)
    expect(namesAnotherPhone('375291234567', '+79243555100')).toBe(true)
  })

  it('matches nothing if empty, masked or not a phone', () => {
    for (const told of ['', ' ', null, undefined, 0, '8924***5100', 'anonymous', {}, []])
      expect(namesAnotherPhone(told, '+79243555100')).toBe(false)
  })

  it('matches an id with lost zeros, and nothing if empty', () => {
    expect(namesAnotherId('34', '0034')).toBe(false)
    expect(namesAnotherId('DA39', 'da39')).toBe(false)
    expect(namesAnotherId('35', '34')).toBe(true)
    for (const told of [undefined, null, '', '0']) expect(namesAnotherId(told, '34')).toBe(false)
  })
})
