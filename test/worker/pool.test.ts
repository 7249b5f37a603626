import { describe, expect, it } from 'vitest'
import { createPool } from '../../worker/pool.ts'

/** Tasks that end on demand. */
function works() {
  const ends = new Map<number, () => void>()
  return {
    begun: () => [...ends.keys()],
    work: (number: number) => () => new Promise<void>((resolve) => ends.set(number, resolve)),
    end: (number: number) => ends.get(number)?.(),
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a pool of two', () => {
  it('runs at most two tasks; the others wait, and start in order', async () => {
    const [pool, { begun, work, end }] = [createPool(2), works()]
    const taken: number[] = []
    for (const number of [1, 2, 3, 4]) void pool.take(work(number)).then(() => taken.push(number))
    await settled()
    expect([begun(), taken]).toEqual([
      [1, 2],
      [1, 2],
    ])
    end(2)
    await settled()
    expect([begun(), taken]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    end(1)
    end(3)
    await settled()
    expect(begun()).toEqual([1, 2, 3, 4])
  })

  it('that is drained starts nothing more, says so, and waits for running tasks', async () => {
    const [pool, { begun, work, end }] = [createPool(2), works()]
    const taken = [1, 2, 3].map((number) => pool.take(work(number)))
    let drained = false
    const drain = pool.drain().then(() => {
      drained = true
    })
    expect(await Promise.all([...taken, pool.take(work(4))])).toEqual([true, true, false, false])
    end(1)
    await settled()
    expect(drained).toBe(false)
    end(2)
    await drain
    expect(begun()).toEqual([1, 2])
  })
})
