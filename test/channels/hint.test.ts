import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hintFrom } from '../../src/channels/hint.ts'

describe('a caller hint', () => {
  it.each([
    [['+7495'], 11, 4, '+7495', '+7 495 ···-••-••'],
    [['+7495'], 11, 5, '+7495', '+7 495 ··•-••-••'],
    [['+7495', '+7499'], 11, 4, '+749', '+7 49· ···-••-••'],
    [['+74951112233'], 11, 4, '+7495111', '+7 495 111-••-••'],
    [['+7', '+44'], 11, 4, '+', '+··· ··· ·•• ••'],
    [['+4420'], 12, 4, '+4420', '+442 0·· ··• •••'],
  ])('from %j with %i digits and a code of %i', (prefixes, number_length, code, prefix, masked) => {
    expect(hintFrom({ prefixes, number_length }, code)).toEqual({ prefix, length: number_length, masked })
  })

  it('never holds a digit of the code, and masks each digit of the number', () => {
    const digits = fc.stringMatching(/^[1-9]\d{5,14}$/)
    fc.assert(
      fc.property(
        digits,
        fc.integer({ min: 4, max: 8 }),
        fc.integer({ min: 1, max: 15 }),
        (number, code, cut) => {
          const caller = { prefixes: [`+${number.slice(0, cut)}`], number_length: number.length }
          const { prefix, masked } = hintFrom(caller, code)
          expect(prefix.length - 1).toBeLessThanOrEqual(Math.max(0, number.length - code))
          const shown = [...masked].filter((sign) => sign !== '+' && sign !== ' ' && sign !== '-')
          expect(shown).toHaveLength(number.length)
          expect(shown.slice(-Math.min(code, number.length)).every((sign) => sign === '•')).toBe(true)
        },
      ),
    )
  })
})
