import { afterEach, expect, it, vi } from 'vitest'
import { newId, timeOf } from '../../src/values/ids.ts'

afterEach(() => {
  vi.useRealTimers()
})

const at = (time: number) => vi.useFakeTimers({ toFake: ['Date'], now: time })

it('ids sort in the order in which they were made, also within a millisecond and over a small step back', () => {
  const now = Date.now()
  const ids = [0, 0, 5, 5, -200, 6, 6].flatMap((step) => {
    at(now + step)
    return [newId(), newId()]
  })
  expect(ids).toEqual([...ids].sort())
  expect(new Set(ids).size).toBe(ids.length)
})

it('ids have the right time again once a clock that was ahead is set right', () => {
  const now = Date.now()
  at(now + 400 * 86_400_000)
  newId()
  at(now)
  expect(timeOf(newId())).toBe(now)
})
