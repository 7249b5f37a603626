import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../src/db/turns.ts'

const MOST = 4
const OF_ONE = 3
const open = () => createTurns({ most: MOST, mostOfOne: OF_ONE, waitingOfOne: 8, patienceMs: 60_000 })
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('turns', () => {
  it('stay within the total and within each tenant’s share, and none is idle while a tenant may run', async () => {
    const asks = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(20)), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(asks, async (steps) => {
        const turns = open()
        const under: { holder: string; end: () => void }[] = []
        const waiting = new Map<string, number>()
        const count = (holder: string, change: number) =>
          waiting.set(holder, (waiting.get(holder) ?? 0) + change)
        const busy = (holder: string) => under.filter((one) => one.holder === holder).length
        for (const step of steps) {
          if (typeof step === 'number') under.splice(step % (under.length || 1), 1)[0]?.end()
          else {
            count(step, 1)
            turns.take(step).then(
              (end) => {
                count(step, -1)
                under.push({ holder: step, end })
              },
              () => count(step, -1),
            )
          }
          await settle()
          expect(under.length).toBeLessThanOrEqual(MOST)
          for (const holder of ['a', 'b', 'c']) expect(busy(holder)).toBeLessThanOrEqual(OF_ONE)
          const mayGo = [...waiting].some(([holder, some]) => some > 0 && busy(holder) < OF_ONE)
          expect(mayGo && under.length < MOST).toBe(false)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('go to the tenant with the fewest, however many another waits for', async () => {
    const turns = open()
    const loud = await Promise.all([1, 2, 3].map(() => turns.take('loud')))
    const order: string[] = []
    const ends: (() => void)[] = []
    const asked: Promise<void>[] = []
    const ask = (holder: string) => {
      const served = turns.take(holder).then((end) => {
        order.push(holder)
        ends.push(end)
      })
      asked.push(served)
    }
    for (let i = 0; i < 5; i++) ask('loud')
    ask('quiet')
    await settle()
    expect(order).toEqual(['quiet'])
    ask('quiet')
    await settle()
    for (const end of loud.slice(0, 2)) end()
    await settle()
    expect(order).toEqual(['quiet', 'quiet', 'loud'])
    // No turn is left waiting: giving up later would fail another test.
    for (const end of loud.slice(2)) end()
    while (order.length < asked.length) {
      ends.shift()?.()
      await settle()
    }
    await Promise.all(asked)
  })

  it('that come too late are given up, and a double end counts once', async () => {
    const turns = createTurns({ most: 1, mostOfOne: 1, waitingOfOne: 8, patienceMs: 1 })
    const end = await turns.take('a')
    await expect(turns.take('b')).rejects.toMatchObject({ code: 'unavailable' })
    end()
    end()
    const [first] = await Promise.all([turns.take('b')])
    await expect(turns.take('a')).rejects.toMatchObject({ code: 'unavailable' })
    first?.()
  })
})
