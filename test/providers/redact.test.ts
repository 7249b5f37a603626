import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '../../src/providers/redact.ts'

const SCRIPTS = ['0', '٠', '۰', '०', '০', '๐', '０', '𝟎', '𝟘', '⁰', '₀']
const inScript = (zero: string, code: string) => {
  if (zero === '⁰') return code.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '')
  return code.replace(/\d/g, (digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)))
}
const ENGLISH = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const RUSSIAN = ['ноль', 'один', 'два', 'три', 'четыре', 'пять', 'шесть', 'семь', 'восемь', 'девять']
const CHINESE = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九']

const codes = fc.stringMatching(/^[0-9]{4,8}$/)
const between = fc.constantFrom(
  '',
  ' ',
  '  ',
  '-',
  '—',
  '.',
  ',',
  ':',
  ';',
  '/',
  '_',
  '*',
  '|',
  ' - ',
  ' и ',
  ' and ',
  'x',
  '\u200b',
  '\u00a0',
  '\n',
  '\u0000',
  ') (',
  '•',
)
const before = fc.constantFrom(
  'code ',
  'Your code is ',
  'код: ',
  'pin=',
  'Ok: SIP 200 OK, ',
  'SIP ',
  'HTTP ',
  'cause ',
  'price ',
  '',
  'в 12:30 ',
)
const after = fc.constantFrom('', '.', ' for the phone', '!', ' SIP 486 Busy', ' ok')

describe('an operator’s text', () => {
  it.each([
    ['Ok: SIP 200 OK', 'Ok: SIP 200 OK'],
    ['SIP/2.0 486 Busy Here', 'SIP/2.0 486 Busy Here'],
    ['Error: SIP 503; Q.850;cause=17;text="User busy"', 'Error: SIP 503; Q.850;cause=17;text="User busy"'],
    ['HTTP 502 from upstream, HTTP/1.1 404', 'HTTP 502 from upstream, HTTP/1.1 404'],
    ['0.20 руб. за вызов', '0.20 руб. за вызов'],
    ['price: 0.2', 'price: 0.2'],
    ['ended 2026-11-28T14:06:51', 'ended 2026-11-28T14:06:51'],
    ['28.11.2026 14:06:51 ok', '28.11.2026 14:06:51 ok'],
    ['No one answered', 'No one answered'],
    ['Daily limit of 3 calls', 'Daily limit of ••• calls'],
    ['SIP 4861', 'SIP •••'],
    ['SIP 486x1', 'SIP •••x•••'],
    ['SIP 486 and 1', 'SIP ••• and •••'],
    ['price 12.34', 'price •••'],
    ['12.34 руб.', '••• руб.'],
    ['SIP 123 4', 'SIP •••'],
    ['SIP 486 1', 'SIP •••'],
    ['12:34', '•••'],
    ['12.34', '•••'],
    ['cause 12 34', 'cause •••'],
  ])('%j is kept as %j', (given, kept) => {
    expect(redact(given, [])).toBe(kept)
  })

  it('shows no digit of a code, in any script and however it is split', () => {
    fc.assert(
      fc.property(
        codes,
        fc.array(between, { minLength: 8, maxLength: 8 }),
        fc.constantFrom(...SCRIPTS),
        before,
        after,
        (code, gaps, zero, start, end) => {
          const split = [...code].map(
            (digit, index) => (index === 0 ? '' : gaps[index]) + inScript(zero, digit),
          )
          const clean = redact(start + split.join('') + end, [])
          expect(digitsLeft(clean)).toEqual([])
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it.each([
    ['English', ENGLISH],
    ['Russian', RUSSIAN],
    ['Chinese', CHINESE],
  ])('tells no code in %s words', (_language, names) => {
    fc.assert(
      fc.property(codes, fc.constantFrom(' ', '-', ', ', ''), (code, gap) => {
        const words = [...code].map((digit) => names[Number(digit)])
        const clean = redact(`code ${words.join(gap)} please`, [])
        expect(clean).toMatch(/^code (•••)+ please$/)
      }),
    )
  })

  it('hides numbers spelled out in tens', () => {
    expect(redact('your code: twelve thirty-four', [])).toBe('your code: •••')
    expect(redact('код двенадцать тридцать четыре', [])).toBe('код •••')
  })
})

/** Digits outside the patterns that are kept. */
function digitsLeft(clean: string): string[] {
  return clean.replace(/SIP 200 OK|SIP 486 Busy/g, '').match(/\p{N}/gu) ?? []
}
