import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/draft/rows.ts'
import { createSecrets } from '../../src/secrets.ts'
import { digitsOf } from '../../src/values/pasted.ts'
import { comparable, type LiveCode, liveCodes, newCode, rightCode } from '../../src/verifications/code.ts'
import { draftOf } from './drafts.ts'

const secrets = createSecrets(Buffer.alloc(32, 7))

const accepts = (typed: string, ...codes: string[]): boolean => accepted(typed, ...codes) !== undefined

/** The index of the attempt whose code was typed. */
function accepted(typed: string, ...codes: string[]): number | undefined {
  const draft = draftOf()
  const live: LiveCode[] = codes.map((code, index) => ({
    attemptId: String(index),
    hash: secrets.hashCode(draft.verification.id, code),
    length: code.length,
    chance: 1,
  }))
  const digits = digitsOf(typed)
  const right = digits === null ? null : rightCode(draft, digits, comparable(live, digits), secrets)
  return right ? Number(right.attemptId) : undefined
}

describe('a code is understood', () => {
  it.each([
    ['2371', 'the digits alone'],
    [' 2371 ', 'spaces around it'],
    ['23 71', 'in pairs'],
    ['2-3-7-1', 'with hyphens'],
    ['8 (495) 123-23-71', 'the number in national notation'],
    ['+7 495 123 23 71', 'the number in international notation'],
    ['+74951232371', 'E.164'],
    ['84951232371', 'all digits'],
    ['8.495.123.23.71', 'with dots'],
    ['495/123/23/71', 'with strokes'],
    ['+7\u00a0495\u202f123\u200923\u00a071', 'with no-break, narrow and thin spaces'],
    ['8 (495) 123\u201323\u201371', 'with en dashes'],
    ['8 (495) 123\u201123\u201171', 'with no-break hyphens'],
    ['8 (495) 123\u221223\u221271', 'with minus signs'],
    ['2371\n', 'with the line’s end'],
    ['２３７１', 'in full-width digits'],
    ['\u202a+7 495 123-23-71\u202c', 'pasted from contacts, with direction marks'],
    ['\u200e+7 495 123-23-71', 'with a left-to-right mark'],
    ['2371\u200b', 'with a zero-width space'],
    ['\ufeff2371', 'with a byte order mark'],
    ['23\u00ad71', 'with a soft hyphen'],
  ])('"%s": %s', (typed) => expect(accepts(typed, '2371')).toBe(true))

  it('by the last digits at each code’s own length, if the calls brought codes of different lengths', () => {
    for (const typed of ['2371', '92371', '+7 495 12 92371', '54321', '+7 495 1254321']) {
      expect(accepts(typed, '2371', '54321')).toBe(true)
    }
    for (const typed of ['4321', '1732', '23710', '5432']) expect(accepts(typed, '2371', '54321')).toBe(false)
  })
})

describe('the call whose code was typed', () => {
  it('is identified', () => {
    expect(accepted('2371', '2371', '4321')).toBe(0)
    expect(accepted('4321', '2371', '4321')).toBe(1)
    expect(accepted('1111', '2371', '4321')).toBe(undefined)
  })

  it('is the last of the calls with the same code', () => {
    expect(accepted('2371', '2371', '2371', '4321')).toBe(1)
  })
})

describe('the codes of several attempts', () => {
  /** A draft whose attempts have these codes. */
  function draftWith(codes: readonly string[]) {
    const draft = draftOf()
    const attempts = codes.map((code, i) => ({
      id: String(i),
      channel: 'sms',
      status: 'placed',
      endedAt: null,
      codeHash: secrets.hashCode(draft.verification.id, code),
      codeLength: code.length,
    }))
    return { ...draft, attempts: attempts as unknown as Attempt[] }
  }

  it('are drawn apart: a new code neither equals nor ends with a live one', () => {
    const digits = [...'0123456789']
    for (const left of digits) {
      const draft = draftWith(digits.filter((digit) => digit !== left))
      for (const length of [1, 4, 6]) {
        expect(newCode(draft, length, secrets)).toMatch(new RegExp(`^\\d{${length - 1}}${left}$`))
      }
    }
  })

  it('are one, of the last attempt, if an operator chose one that is live already', () => {
    const codes = liveCodes(draftWith(['2371', '4321', '2371']))
    expect(codes.map(({ attemptId }) => attemptId)).toEqual(['1', '2'])
  })

  it('name the attempt with the longest that was typed', () => {
    expect(accepted('992371', '992371', '2371')).toBe(0)
    expect(accepted('992371', '2371', '992371')).toBe(1)
    expect(accepted('112371', '992371', '2371')).toBe(1)
  })
})

describe('a code is never guessed at', () => {
  const code = fc.stringMatching(/^\d{4,5}$/)
  const separator = fc.constantFrom('', ' ', '-', '(', ')', '.', '\u00a0', '\u2013', '/', '+', '\u200e')

  it('its own digits count and no others, whatever surrounds or separates them', () => {
    fc.assert(
      fc.property(
        code,
        fc.stringMatching(/^\d{0,8}$/),
        fc.array(separator, { minLength: 14, maxLength: 14 }),
        (right, before, separators) => {
          const typed = [...(before + right)].map((digit, i) => digit + (separators[i] ?? '')).join('')
          expect(digitsOf(typed)).toBe(before + right)
          expect(accepts(typed, right)).toBe(true)
        },
      ),
    )
  })

  it('a difference in one digit makes another code', () => {
    fc.assert(
      fc.property(code, fc.nat(4), fc.integer({ min: 1, max: 9 }), (right, place, by) => {
        const at = place % right.length
        const digit = (Number(right[at]) + by) % 10
        expect(accepts(right.slice(0, at) + digit + right.slice(at + 1), right)).toBe(false)
      }),
    )
  })

  it('a character that is neither digit nor notation makes the whole input unreadable', () => {
    fc.assert(
      fc.property(code, fc.string({ unit: 'grapheme', minLength: 1 }), (right, other) => {
        fc.pre(/[\p{L}\p{No}\p{Nl}]/u.test(other))
        expect(digitsOf(`${other}${right}`)).toBe(null)
        expect(digitsOf(`${right}${other}`)).toBe(null)
      }),
    )
  })

  it('fewer digits than the code has are wrong', () => {
    fc.assert(
      fc.property(code, (right) => {
        expect(accepts(right.slice(1), right)).toBe(false)
        expect(accepts('', right)).toBe(false)
      }),
    )
  })

  it('the same code has another hash in another verification', () => {
    expect(secrets.hashCode('a', '2371').equals(secrets.hashCode('b', '2371'))).toBe(false)
    const others = createSecrets(Buffer.alloc(32, 8))
    expect(secrets.hashCode('a', '2371').equals(others.hashCode('a', '2371'))).toBe(false)
  })
})
