import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolOf } from '../../src/channels/pool.ts'
import { POOL_NUMBERS_MAX, readNumbers } from '../../src/channels/pool-numbers.ts'
import { inWords } from '../../src/words/text.ts'

const FIRST = 74_951_110_000
const free = { used: () => false, busy: () => false }
const number = fc.integer({ min: FIRST, max: FIRST + 400 })
const entries = fc.array(
  fc.oneof(
    number.map((one) => ({ first: one, last: one })),
    fc.tuple(number, fc.nat(60)).map(([first, more]) => ({ first, last: first + more })),
  ),
  { minLength: 1, maxLength: 12 },
)
const written = (ranges: readonly { first: number; last: number }[]) =>
  ranges.map(({ first, last }) => (first === last ? `+${first}` : `+${first}-${last}`))
const numbersOf = (ranges: readonly { first: number; last: number }[]) =>
  new Set(
    ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => `+${first + i}`)),
  )

describe('the numbers of a pool', () => {
  it('are all those of its entries, each once', () => {
    fc.assert(
      fc.property(entries, (ranges) => {
        const all = numbersOf(ranges)
        const pool = poolOf(written(ranges), 4)
        expect(pool.size).toBe(all.size)
        expect(pool.endings).toBe(new Set([...all].map((one) => one.slice(-4))).size)
        expect(pool.foreign(all)).toEqual([])
        expect(pool.foreign(new Set())).toEqual([...all].sort().slice(0, 10))
      }),
    )
  })

  it.each([
    ['74951110000', /neither a number .* nor a range/],
    ['+7495', /neither a number/],
    ['+04951110000', /neither a number/],
    ['+74951110000-', /neither a number/],
    ['+74951110009-74951110000', /the lower first/],
    ['+7495111000-74951110009', /same number of digits/],
    ['+74950000000-74959999999', /at most 100000 numbers/],
  ])('cannot be %s', (entry, says) => {
    const read = readNumbers([entry])
    expect('refused' in read && inWords('en', read.refused)).toMatch(says)
  })

  it('may overlap, as long as they are not too many in all', () => {
    const range = `+${FIRST}-${FIRST + POOL_NUMBERS_MAX - 1}`
    expect(readNumbers([range, range, `+${FIRST}`])).toHaveLength(1)
    expect(readNumbers([range, `+${FIRST + POOL_NUMBERS_MAX}`])).toHaveProperty('refused')
  })

  it('share what can be announced', () => {
    expect(poolOf(['+74951110000', '+74959990000'], 4).caller).toEqual({
      prefixes: ['+7495'],
      number_length: 11,
    })
    expect(poolOf(['+74951110000', '+495111000099'], 4).caller).toBeNull()
  })
})

describe('a number drawn from a pool', () => {
  it('is one of its numbers, with an ending that is not used, on a line that is not busy', () => {
    fc.assert(
      fc.property(entries, fc.array(number), fc.array(number), (ranges, used, busy) => {
        const all = numbersOf(ranges)
        const usedEndings = new Set(used.map((one) => String(one).slice(-4)))
        const busyNumbers = new Set(busy.map((one) => `+${one}`))
        const unused = [...all].filter((one) => !usedEndings.has(one.slice(-4)))
        const drawn = poolOf(written(ranges), 4).draw({
          used: (ending) => usedEndings.has(ending),
          busy: (one) => busyNumbers.has(one),
        })
        const able = unused.filter((one) => !busyNumbers.has(one))
        if (able.length > 0) expect(able).toContain(drawn)
        else expect(drawn).toBe(unused.length > 0 ? 'busy' : 'used_up')
      }),
    )
  })

  it('has each ending equally often, however many numbers share it', () => {
    // Ending 0000: one number; ending 0001: a hundred.
    const shared = Array.from({ length: 100 }, (_, i) => `+7495${String(100 + i)}0001`)
    const pool = poolOf(['+74951110000', ...shared], 4)
    expect(pool.endings).toBe(2)
    const drawn = Array.from({ length: 4000 }, () => String(pool.draw(free)))
    const lonely = drawn.filter((one) => one.endsWith('0000')).length
    // Nine standard deviations.
    expect(lonely).toBeGreaterThan(1700)
    expect(lonely).toBeLessThan(2300)
    expect(new Set(drawn).size).toBeGreaterThan(90)
  })
})
