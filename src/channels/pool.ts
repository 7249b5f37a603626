import { randomInt } from 'node:crypto'
import { keepNewest } from '../values/keep-newest.ts'
import type { Caller } from './hint.ts'
import { type NumberRange, readNumbers } from './pool-numbers.ts'

/** The numbers of an account; the last digits of the one that calls are the code. */
export type Pool = {
  /** Different numbers, and different codes. */
  size: number
  endings: number
  /**
   * A number (E.164) drawn with equal chances for each ending that is not `used`, then for each number with
   * that ending that is not `busy`. `used_up`: every ending is used; `busy`: every number of the others is busy.
   */
  draw(not: { used(ending: string): boolean; busy(number: string): boolean }): string | 'used_up' | 'busy'
  /** The numbers as ranges, in order: the digits of the first and the last of each. */
  ranges: readonly NumberRange[]
  /** What all numbers share; null if they differ in length. */
  caller: Caller | null
  /** The numbers that are missing from `owned` (E.164), at most ten. */
  foreign(owned: ReadonlySet<string>): string[]
}

/** Pools made from the same settings, which are read again every second. */
const made = new Map<string, Pool>()
const MADE_MAX = 20
const byArray = new WeakMap<readonly string[], { codeLength: number; pool: Pool }>()

/** The pool of valid entries (`readNumbers`) with codes of `codeLength` digits. */
export function poolOf(entries: readonly string[], codeLength: number): Pool {
  const known = byArray.get(entries)
  if (known?.codeLength === codeLength) return known.pool
  const key = `${codeLength} ${entries.join(' ')}`
  const pool = made.get(key) ?? createPool(entries, codeLength)
  keepNewest(made, key, pool, MADE_MAX)
  byArray.set(entries, { codeLength, pool })
  return pool
}

function createPool(entries: readonly string[], codeLength: number): Pool {
  const ranges = readNumbers(entries)
  if ('refused' in ranges) throw new Error('a pool of numbers that were not validated')
  const modulus = 10 ** codeLength
  const byEnding = new Map<number, number[]>()
  let size = 0
  for (const { first, last } of ranges) {
    size += last - first + 1
    for (let number = first; number <= last; number++) {
      const ending = number % modulus
      const same = byEnding.get(ending)
      if (same) same.push(number)
      else byEnding.set(ending, [number])
    }
  }
  const endings = [...byEnding.keys()]
  const written = (ending: number) => String(ending).padStart(codeLength, '0')
  return {
    size,
    endings: endings.length,
    draw({ used, busy }) {
      let isAnyLeft = false
      // The first of the endings in random order that is not excluded is uniform among those that are not.
      for (const ending of shuffled(endings)) {
        if (used(written(ending))) continue
        isAnyLeft = true
        for (const number of shuffled(byEnding.get(ending) ?? []))
          if (!busy(`+${number}`)) return `+${number}`
      }
      return isAnyLeft ? 'busy' : 'used_up'
    },
    ranges,
    caller: callerOf(ranges),
    foreign(owned) {
      const missing: string[] = []
      for (const { first, last } of ranges) {
        for (let number = first; number <= last && missing.length < FOREIGN_SHOWN; number++) {
          if (!owned.has(`+${number}`)) missing.push(`+${number}`)
        }
      }
      return missing
    },
  }
}

const FOREIGN_SHOWN = 10

/** A copy in random order (Fisher–Yates, CSPRNG), made only as far as it is read. */
function* shuffled<T>(items: readonly T[]): Generator<T> {
  const moved = new Map<number, T>()
  const at = (index: number) => moved.get(index) ?? (items[index] as T)
  for (let left = items.length; left > 0; left--) {
    const index = randomInt(left)
    yield at(index)
    moved.set(index, at(left - 1))
  }
}

function callerOf(ranges: readonly { first: number; last: number }[]): Caller | null {
  const [least, most] = [ranges[0]?.first, ranges.at(-1)?.last].map(String)
  if (!least || !most || least.length !== most.length) return null
  // In order, so what the first and the last share, all share.
  const end = [...least].findIndex((digit, i) => digit !== most[i])
  return { prefixes: [`+${end < 0 ? least : least.slice(0, end)}`], number_length: least.length }
}
