import { beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches, type Source } from '../../src/process/caches.ts'

let now = 0
let caches: Caches
beforeEach(() => {
  caches = createCaches(() => now)
})

/** A cache of `prices` that counts its loads. */
function counting() {
  const loads: string[] = []
  const cache = caches.create(['prices'], async (key) => {
    loads.push(key)
    return loads.length
  })
  return { cache, loads }
}

describe('a cache', () => {
  it('loads a key once a second, however many callers read it', async () => {
    const { cache, loads } = counting()
    expect(await Promise.all([cache('a'), cache('a'), cache('b')])).toEqual([1, 1, 2])
    now += 899
    expect(await cache('a')).toBe(1)
    now += 1
    expect([await cache('a'), await cache('a')]).toEqual([3, 3])
    expect(loads).toEqual(['a', 'b', 'a'])
  })

  it('gives a caller fresher data on request', async () => {
    const { cache } = counting()
    await cache('a')
    now += 20
    expect([await cache('a'), await cache('a', 20), await cache('a')]).toEqual([1, 2, 2])
  })

  it('does not cache a failure', async () => {
    let fails = true
    const cache = caches.create(['keys'], async () => {
      if (fails) throw new Error('no connection')
      return 'loaded'
    })
    await expect(Promise.all([cache('a'), cache('a')])).rejects.toThrow('no connection')
    fails = false
    expect(await cache('a')).toBe('loaded')
  })

  it('that is full evicts only the oldest key', async () => {
    const { cache, loads } = counting()
    for (let key = 0; key < 10_000; key++) await cache(`${key}`)
    now += 900
    await cache('0')
    await cache('new')
    expect(loads.slice(10_000)).toEqual(['0', 'new'])
    now -= 1
    for (const key of ['0', '9999', '2', '1']) await cache(key)
    expect(loads.slice(10_002)).toEqual(['1'])
  })
})

describe('a change', () => {
  it('clears the caches made of it, and no others', async () => {
    const loads: string[] = []
    const of = (name: string, ...sources: Source[]) => caches.create(sources, async () => loads.push(name))
    const all = [of('prices', 'prices', 'tenants'), of('keys', 'keys', 'tenants'), of('routes', 'routes')]
    const readAll = async () => {
      loads.length = 0
      for (const read of all) await read('')
      return [...loads]
    }
    await readAll()
    expect(await readAll()).toEqual([])
    caches.clear('prices')
    expect(await readAll()).toEqual(['prices'])
    caches.clear('tenants')
    expect(await readAll()).toEqual(['prices', 'keys'])
  })

  it('clears caches even if it seems to have failed', async () => {
    const { cache, loads } = counting()
    await cache('a')
    const change = caches.changing(['prices'], () => Promise.reject(new Error('lost answer')))
    await expect(change).rejects.toThrow('lost answer')
    await cache('a')
    expect(loads).toEqual(['a', 'a'])
  })

  it('is visible to later readers while an earlier load is in progress', async () => {
    let price = 'old'
    const begun = Promise.withResolvers<void>()
    const cache = caches.create(['prices'], async () => {
      const read = price
      await begun.promise
      return read
    })
    const before = cache('a')
    await caches.changing(['prices'], async () => {
      price = 'new'
    })
    const after = cache('a')
    begun.resolve()
    expect([await before, await after]).toEqual(['old', 'new'])
  })
})
