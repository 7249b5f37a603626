import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatOf } from '../../src/console/format.ts'
import { DICTIONARIES } from '../../src/console/language/index.ts'
import { LANGUAGES } from '../../src/words/text.ts'

/** The shown duration in seconds, and the smallest step it can show. */
function readBack(text: string, language: (typeof LANGUAGES)[number]) {
  const { units } = DICTIONARIES[language]
  const parts = text.replaceAll('\u00a0', ' ').replaceAll(',', '.').split(' ')
  const values = parts.filter((_, i) => i % 2 === 0).map(Number)
  const names = parts.filter((_, i) => i % 2 === 1)
  return { values, names: names.map((name) => Object.entries(units).find(([, own]) => own === name)?.[0]) }
}

it.each(LANGUAGES)('no part of a duration reaches the next unit (%s)', (language) => {
  const { duration } = formatOf(language)
  const { units } = DICTIONARIES[language]
  const near = fc
    .tuple(fc.constantFrom(1, 60, 120, 600, 900), fc.double({ min: -1, max: 1, noNaN: true }))
    .map(([edge, by]) => Math.max(0, edge + by))
  const seconds = fc.oneof(near, fc.double({ min: 0, max: 59_999, noNaN: true }))
  fc.assert(
    fc.property(seconds, (given) => {
      const { values, names } = readBack(duration(given, units), language)
      const [value = 0, rest = 0] = values
      const unit = names.join(' ')
      expect(['ms', 's', 'min s']).toContain(unit)
      if (unit === 'ms') expect(value).toBeLessThan(1000)
      else if (unit === 's') expect(value).toBeLessThan(60)
      else expect(rest).toBeLessThan(60)
      const shown = unit === 'ms' ? value / 1000 : unit === 's' ? value : value * 60 + rest
      const step = unit === 'ms' ? 0.001 : unit === 's' ? 0.1 : 1
      expect(Math.abs(shown - given)).toBeLessThanOrEqual(step / 2 + 1e-9)
    }),
    { numRuns: 1000 },
  )
})

it.each([
  [0.9996, '1 s'],
  [0.9994, '999 ms'],
  [59.94, '59.9 s'],
  [59.96, '1 min 0 s'],
  [119.7, '2 min 0 s'],
  [null, '–'],
])('%s seconds are %s', (seconds, shown) => {
  const { units } = DICTIONARIES.en
  expect(formatOf('en').duration(seconds, units).replaceAll('\u00a0', ' ')).toBe(shown)
})
