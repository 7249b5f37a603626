import { expect, it } from 'vitest'
import { aside } from '../../src/export/aside.ts'

it('long exports run piece by piece, with another tenant’s in between', async () => {
  const done: string[] = []
  let underWay = 0
  const piece = (tenant: string) => () => {
    expect(++underWay).toBe(1)
    done.push(tenant)
    return Promise.resolve().finally(() => {
      underWay -= 1
    })
  }
  const asked = [...Array(8).fill('loud'), 'quiet'].map((tenant) => aside(tenant, piece(tenant)))
  await Promise.all(asked)
  expect(done.toSorted()).toEqual([...Array(8).fill('loud'), 'quiet'])
  expect(done.indexOf('quiet')).toBeLessThan(3)
})

it('a failed piece ends its turn', async () => {
  const fail = () => {
    throw new Error('no')
  }
  await expect(aside('loud', fail)).rejects.toThrow('no')
  expect(await aside('loud', () => 'next')).toBe('next')
})
