import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smsSize } from '../../src/texts/segments.ts'

const GSM = 'aZ09 @£Δ_ÉÑü¿\n'
const EXTENDED = '^{}\\[~]|€'
const UCS2 = 'Яç’中'

const charactersOf = (alphabet: string) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength: 700 }).map((all) => all.join(''))

describe('the size of an SMS', () => {
  it.each([
    ['', 0, 'gsm7', 1],
    ['a'.repeat(160), 160, 'gsm7', 1],
    ['a'.repeat(161), 161, 'gsm7', 2],
    ['a'.repeat(306), 306, 'gsm7', 2],
    ['a'.repeat(307), 307, 'gsm7', 3],
    ['€'.repeat(80), 160, 'gsm7', 1],
    // An escape and its character stay together, so a segment holds 152 of 153 units.
    ['€'.repeat(153), 306, 'gsm7', 3],
    ['я'.repeat(70), 70, 'ucs2', 1],
    ['я'.repeat(71), 71, 'ucs2', 2],
    ['я'.repeat(134), 134, 'ucs2', 2],
    ['я'.repeat(135), 135, 'ucs2', 3],
    ['🙂'.repeat(35), 70, 'ucs2', 1],
    // A surrogate pair is not split: 66 of 67 units.
    ['🙂'.repeat(67), 134, 'ucs2', 3],
    [`${'a'.repeat(70)}я`, 71, 'ucs2', 2],
  ])('of %j is %i units of %s in %i segments', (text, length, encoding, segments) => {
    expect(smsSize(text)).toEqual({ length, encoding, segments })
  })

  it('counts units, chooses the 7-bit alphabet if it has every character, and fits into its segments', () => {
    fc.assert(
      fc.property(charactersOf(GSM + EXTENDED), fc.constantFrom('', ...UCS2), (gsm, other) => {
        const text = gsm + other
        const { length, encoding, segments } = smsSize(text)
        const doubled = [...text].filter((character) => EXTENDED.includes(character)).length
        expect(encoding).toBe(other ? 'ucs2' : 'gsm7')
        expect(length).toBe(other ? text.length : text.length + doubled)
        const [whole, segment] = other ? [70, 67] : [160, 153]
        expect(segments === 1).toBe(length <= whole)
        if (segments === 1) return
        // At most one unit of each segment but the last stays empty.
        expect(length).toBeLessThanOrEqual(segments * segment)
        expect(length).toBeGreaterThan((segments - 1) * (segment - 1))
      }),
    )
  })

  it('never shrinks when a text grows', () => {
    const all = charactersOf(GSM + EXTENDED + UCS2)
    fc.assert(fc.property(all, all, (a, b) => smsSize(a + b).segments >= smsSize(a).segments))
  })
})
