import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moment } from '../../src/values/time-schemas.ts'

const read = (text: string) => moment.safeParse(text).data?.toISOString()

describe('a time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00 03:00', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31 12:00:00.5 0300', '2026-01-31T09:00:00.500Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00+03', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T12:00:00 03', '2026-01-31T09:00:00.000Z'],
    ['\u200e2026-01-31T12:00:00Z\u2069', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00,25-03:30', '2026-01-31T15:30:00.250Z'],
    ['2026-01-31T12:00\u221203:00', '2026-01-31T15:00:00.000Z'],
    [' 2026-01-31T12:00Z\n', '2026-01-31T12:00:00.000Z'],
  ])('%j is read', (text, at) => expect(read(text)).toBe(at))

  it.each([
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00',
    '2026-02-30T12:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00  03:00',
    '31.01.2026 12:00:00Z',
    '20260131T120000Z',
    '1769860800',
    'now',
    '',
  ])('%j is refused', (text) => expect(read(text)).toBe(undefined))

  it('is the same with a lost plus', () => {
    const two = (max: number) => fc.nat(max).map((n) => String(n).padStart(2, '0'))
    const at = fc.date({ min: new Date('1970-01-02'), max: new Date('9000-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(at, two(23), two(59), (date, hours, minutes) => {
        const text = `${date.toISOString().slice(0, -1)}+${hours}:${minutes}`
        expect(read(text.replace('+', ' '))).toBe(new Date(text).toISOString())
      }),
    )
  })
})
