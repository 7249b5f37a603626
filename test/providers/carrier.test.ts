import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { carrierOf } from '../../src/providers/carrier.ts'

const nameOf = (told: unknown) => carrierOf(told, ['a-secret-token'])?.name ?? null

describe('the network that an operator names', () => {
  it.each([
    ['МТС', 'МТС'],
    ['  Tele2 ', 'Tele2'],
    ['O2', 'O2'],
    ['3', '3'],
    ['Beeline\u0000\u001b[31m\n\tRU', 'Beeline[•••m RU'],
    ['МТС 2371', 'МТС •••'],
    ['МТС два три семь один', 'МТС •••'],
    ['МТС a-secret-token', 'МТС •••'],
    ['M'.repeat(500), 'M'.repeat(64)],
  ])('%j is kept as %j', (told, name) => {
    expect(nameOf(told)).toBe(name)
  })

  it.each(['', '   ', '–', '\u0000', null, undefined, 7, { name: 'МТС' }, '2371'])(
    '%j names none',
    (told) => {
      expect(nameOf(told)).toBeNull()
    },
  )

  it('never holds a code, a control character or more than 64 characters', () => {
    const code = fc.stringMatching(/^\d{4,8}$/)
    const noise = fc.string({ unit: 'binary', maxLength: 80 })
    fc.assert(
      fc.property(noise, code, noise, (before, digits, after) => {
        const name = nameOf(before + digits + after) ?? ''
        expect(name).not.toContain(digits)
        expect(name).not.toMatch(/\p{C}/u)
        expect([...name].length).toBeLessThanOrEqual(64)
      }),
    )
  })
})
