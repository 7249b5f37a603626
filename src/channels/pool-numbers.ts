import { say, type Text } from '../words/text.ts'

/** Numbers that all pools of an account may hold together. */
export const POOL_NUMBERS_MAX = 100_000
/** A pool number must have more digits than the longest code. */
const NUMBER = /^\+([1-9]\d{8,14})$/
const RANGE = /^(\+[1-9]\d{8,14})-\+?([1-9]\d{8,14})$/

export type NumberRange = { first: number; last: number }

/**
 * Reads numbers (`+74951110000`) and ranges of them (`+74951110000-74951119999`), E.164. The digits of a number
 * as an integer: at most fifteen, so exact. Returns what is wrong instead if the entries are not valid.
 */
export function readNumbers(entries: readonly string[]): NumberRange[] | { refused: Text } {
  const ranges: NumberRange[] = []
  let count = 0
  for (const entry of entries) {
    const range = readEntry(entry)
    if ('refused' in range) return range
    count += range.last - range.first + 1
    // Ranges may overlap, but not so far that reading them takes long.
    if (count > 10 * POOL_NUMBERS_MAX) return tooLarge
    ranges.push(range)
  }
  const merged = merge(ranges)
  const size = merged.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  return size > POOL_NUMBERS_MAX ? tooLarge : merged
}

const tooLarge = { refused: say('pool_too_large', { max: POOL_NUMBERS_MAX }) }

function readEntry(entry: string): NumberRange | { refused: Text } {
  const [, single] = NUMBER.exec(entry) ?? []
  if (single) return { first: Number(single), last: Number(single) }
  const [, from, to] = RANGE.exec(entry) ?? []
  if (!from || !to) return { refused: say('pool_number', { entry: entry.slice(0, 40) }) }
  const range = { first: Number(from.slice(1)), last: Number(to) }
  if (from.length - 1 !== to.length || range.last < range.first) {
    return { refused: say('pool_range', { entry }) }
  }
  return range
}

/** The ranges in order, those that touch or overlap as one: each number is in one range. */
function merge(ranges: readonly NumberRange[]): NumberRange[] {
  const merged: NumberRange[] = []
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1)
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last)
    else merged.push({ first, last })
  }
  return merged
}
