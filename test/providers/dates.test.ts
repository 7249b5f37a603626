import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTime } from '../../src/providers/dates.ts'

const AT = new Date('2026-11-28T11:06:51Z')

describe('a time that an operator wrote', () => {
  it.each([
    ['2026-11-28T14:06:51', false],
    ['2026-11-28 14:06:51.123', false],
    ['28.11.2026 14:06:51', false],
    ['28.11.2026, 14:06:51', false],
    ['28-11-2026 14:06:51', false],
    ['2026/11/28 14:06:51', false],
    ['2026-11-28T11:06:51Z', true],
    ['2026-11-28T11:06:51.999+00:00', true],
    ['2026-11-28T21:06:51+1000', true],
    ['2026-11-28 05:36:51-05:30', true],
    ['2026-11-28T14:06:51+03', true],
    ['28.11.2026 11:06:51 UTC', true],
    ['2026-11-28 14:06:51 MSK', true],
    [1795864011, true],
    ['1795864011', true],
    [1795864011_500, true],
  ])('%j is read, in whole seconds', (written, zoned) => {
    expect(readTime(written, '+03:00')).toEqual({ at: AT, zoned })
  })

  it.each([
    '',
    'yesterday',
    '28.11.2026',
    '28/11/2026 14:06:51',
    '2026-02-30T14:06:51',
    '2026-13-28T14:06:51',
    '28.11.26 14:06:51',
    '2026-11-28T14:06',
    '2026-11-28T25:06:51',
    null,
    undefined,
    true,
    {},
    12,
  ])('%j is not guessed', (written) => {
    expect(readTime(written, '+03:00')).toBe(null)
  })

  it('survives every notation in every zone', () => {
    const seconds = fc.integer({ min: 1_000_000_000, max: 4_102_444_800 })
    const zone = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15)
    fc.assert(
      fc.property(seconds, zone, fc.boolean(), fc.boolean(), (at, minutes, dotted, zoned) => {
        const local = new Date((at + minutes * 60) * 1000).toISOString()
        const [year, month, day] = local.slice(0, 10).split('-')
        const date = dotted ? `${day}.${month}.${year}` : `${year}-${month}-${day}`
        const east = Math.abs(minutes)
        const offset = `${minutes < 0 ? '-' : '+'}${String(Math.floor(east / 60)).padStart(2, '0')}:${String(east % 60).padStart(2, '0')}`
        const read = readTime(
          `${date} ${local.slice(11, 19)}${zoned ? offset : ''}`,
          zoned ? '+03:00' : offset,
        )
        expect(read).toEqual({ at: new Date(at * 1000), zoned })
      }),
    )
  })

  it('is read or refused, whatever the text', () => {
    fc.assert(
      fc.property(fc.anything(), (written) => {
        const read = readTime(written, '+03:00')
        if (read) expect(read.at.getTime() % 1000).toBe(0)
      }),
    )
  })
})
