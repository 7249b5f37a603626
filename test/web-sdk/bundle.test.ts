import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BUNDLE, bundle } from '../../sdk/web/build.ts'
import { codeIn, digitsIn } from '../../sdk/web/src/code.ts'

it('the web component is built from its source, and under 8 kB gzipped', async () => {
  const built = readFileSync(BUNDLE, 'utf8')
  expect(built === (await bundle()), 'out of date: npm run sdk:web').toBe(true)
  const { length } = gzipSync(built, { level: 9 })
  console.log(`ringproof-verify.js: ${length} bytes gzipped`)
  expect(length).toBeLessThan(8000)
})

/** The zeros of scripts, beyond the first 65,536 characters too; the last is a full-width one. */
const ZEROS = ['0', '٠', '۰', '०', '০', '๐', '𞥐', '𝟎', '０']

it('the digits of every script are read', () => {
  const digits = fc.array(fc.tuple(fc.constantFrom(...ZEROS), fc.integer({ min: 0, max: 9 })))
  fc.assert(
    fc.property(digits, (all) => {
      const text = all.map(([zero, n]) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + n)).join(' ')
      expect(digitsIn(text)).toBe(all.map(([, n]) => n).join(''))
    }),
  )
})

it('of a whole number, the last digits are the code', () => {
  expect(codeIn('+7 (495) 123-23-71', [4])).toBe('2371')
  expect(codeIn('237', [4])).toBe('237')
  expect(codeIn('+7 495 123-23-71', [4, 5])).toBe('74951232371')
})
