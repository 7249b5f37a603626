import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { searchesOf } from '../../src/console/search.ts'
import { askedPhone } from '../../src/input/asked-phone.ts'
import { digitsOf } from '../../src/values/pasted.ts'
import { parsePhone } from '../../src/values/phone.ts'

/** What a text most likely means. */
function first(typed: string, region: string | null): object {
  const [search] = searchesOf(typed, region)
  return search ? { [search.way]: search.value } : {}
}

const INVISIBLE = [
  ...'\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2066\u2067\u2068\u2069',
  ...'\u00ad\u034f\u061c\u180e\ufe00\ufe0e\ufe0f\ufeff',
]
const BLANKS = [...' \t\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u202f\u205f\u3000']
const DASHES = [...'-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u30fc\ufe58\ufe63\uff0d\u207b\u2796']
const PLUSES = [...'+＋﹢⁺']
/** Digits of each script, from the runtime's own tables. */
const SCRIPTS =
  'latn arab arabext deva beng guru gujr tamldec telu knda mlym thai laoo tibt mymr khmr mong fullwide nkoo adlm mathbold mathmono'
    .split(' ')
    .map((script) => {
      const format = new Intl.NumberFormat(`en-u-nu-${script}`, { useGrouping: false })
      return Array.from({ length: 10 }, (_, digit) => format.format(digit))
    })

const numbers = fc.constantFrom('+79243555100', '+442079460958', '+12015550123', '+8613800138000')
const marks = fc.array(fc.constantFrom(...INVISIBLE), { maxLength: 2 }).map((found) => found.join(''))
const gap = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom(...BLANKS, ...DASHES))

/** A number as a person may paste it. */
function pasted(number: string): fc.Arbitrary<string> {
  const length = number.length + 1
  return fc
    .record({
      script: fc.constantFrom(...SCRIPTS),
      plus: fc.constantFrom(...PLUSES),
      gaps: fc.array(gap, { minLength: length, maxLength: length }),
      invisible: fc.array(marks, { minLength: length, maxLength: length }),
    })
    .map(({ script, plus, gaps, invisible }) =>
      [...number]
        .map((char, i) => {
          const written = char === '+' ? plus : (script[Number(char)] as string)
          // Only marks and blanks may stand between the plus and the digits.
          const between = i === 0 || i === number.length - 1 ? '' : gaps[i]
          return `${invisible[i]}${written}${between}`
        })
        .join('')
        .concat(invisible.at(-1) ?? ''),
    )
}

describe('a pasted phone', () => {
  it('is the same phone with any marks, blanks, dashes and digits', () => {
    const cases = numbers.chain((number) => pasted(number).map((text) => ({ number, text })))
    fc.assert(
      fc.property(cases, ({ number, text }) => {
        fc.pre(text.replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '').length <= 40)
        expect(parsePhone(text, null)?.e164).toBe(number)
        expect(digitsOf(text)).toBe(number.slice(1))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['8 (924) 355-51-00', 'RU'],
    ['\u202a8\u00a0(924)\u202f355\u201151\u201100\u202c', 'RU'],
    ['८ ९२४ ३५५ ५१ ००', 'RU'],
    ['٨٩٢٤٣٥٥٥١٠٠', 'RU'],
    ['（８）９２４ー３５５ー５１ー００', 'RU'],
    ['tel:+7-924-355-51-00', null],
    ['TEL:8-924-355-51-00', 'RU'],
    ['\ufeff＋７ ９２４ ３５５ ５１ ００', null],
    ['007 924 355 51 00', 'DE'],
    ['(+7) 924 355-51-00', null],
    ['（＋７）９２４ ３５５ ５１ ００', null],
    ['+7\t924\t3555100\n', null],
  ])('%j is read (%s)', (text, region) => {
    expect(parsePhone(text, region)?.e164).toBe('+79243555100')
  })

  it.each([
    '+7 924 355 51 0O',
    '+1-800-FLOWERS',
    '+7924355510٪',
    '+79243555100 +79243555101',
    '+79243555100, +79243555101',
    '+7924355\n5100',
    '+79243555100\n+79243555101',
    '+7924355510⁰',
    '+7924355510½',
    '+7924355510①',
    '+79243555100 ext. 5',
    'tel:+79243555100;ext=5',
    '++79243555100',
    '',
    '\u200e',
    `+7924355510${'\u20030'.repeat(20)}`,
  ])('%j is still refused', (text) => {
    expect(parsePhone(text, 'RU')).toBe(null)
  })
})

describe('a phone in a query', () => {
  it.each([
    [' 79243555100', null],
    ['\u200e 79243555100', null],
    ['tel: 7-924-355-51-00', null],
    [' 8 (924) 355-51-00', 'RU'],
    ['8 (924) 355-51-00', 'RU'],
  ])('%j is read (%s)', (text, region) => {
    expect(askedPhone(text, region)).toBe('+79243555100')
  })
})

describe('a search', () => {
  it.each([
    ['8 (924) 355-51-00', { phone: '+79243555100' }],
    ['\u200e8\u00a0924\u00a03555100', { phone: '+79243555100' }],
    ['924 355 51 00', { phone_ends: '9243555100' }],
    ['355\u201151\u201100', { phone_ends: '3555100' }],
    ['٥١٠٠', { phone_ends: '5100' }],
    ['5100\u200f', { phone_ends: '5100' }],
    ['＋7 924 355 51 00', { phone: '+79243555100' }],
    ['tel:+79243555100', { phone: '+79243555100' }],
    ['79243555100', { phone_ends: '79243555100' }],
    ['signup-4711', { reference: 'signup-4711' }],
    ['123', { reference: '123' }],
    ['4711/2026', { reference: '4711/2026' }],
    ['', {}],
  ])('for %j asks for %j', (typed, asked) => {
    expect(first(typed, 'RU')).toEqual(asked)
  })

  it('without a region treats national digits as the end of a phone', () => {
    expect(first('8 (924) 355-51-00', null)).toEqual({ phone_ends: '89243555100' })
  })
})
