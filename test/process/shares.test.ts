import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createShares } from '../../src/process/shares.ts'

/** Takes as much as allowed for each of `holders` in turn. */
function fill(all: number, times: number, holders: number): number[] {
  const shares = createShares(all, times)
  const held = Array<number>(holders).fill(0)
  for (let grew = true; grew; ) {
    grew = false
    for (let i = 0; i < holders; i++) {
      if (!shares.fits(`${i}`)) continue
      shares.add(`${i}`, 1)
      held[i] = (held[i] ?? 0) + 1
      grew = true
    }
  }
  return held
}

it('a single tenant may take 256 of 288 places, and several take equal shares', () => {
  expect(fill(288, 8, 1)).toEqual([256])
  expect(fill(288, 8, 2)).toEqual([136, 135])
  expect(Math.min(...fill(288, 8, 8))).toBe(35)
})

it('however many take their full share, the next one still gets a place', () => {
  const one = fc.record({ times: fc.integer({ min: 1, max: 8 }), holders: fc.integer({ min: 1, max: 20 }) })
  fc.assert(
    fc.property(one, ({ times, holders }) => {
      const all = 288
      const held = fill(all, times, holders)
      const left = all - held.reduce((sum, own) => sum + own, 0)
      expect(left).toBeGreaterThanOrEqual(1)
      expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1)
    }),
  )
})
