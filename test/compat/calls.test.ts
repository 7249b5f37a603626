import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findCall, listCalls } from '../../src/compat/calls.ts'
import type { DoorContext } from '../../src/compat/context.ts'
import type { Doors } from '../../src/compat/doors.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { doorInput, doorsOf, enterDoor, FLASH, SMS } from './support.ts'

let test: TestApp
let doors: Doors
beforeAll(async () => {
  test = await startTestApp()
  doors = doorsOf(test.app)
})
afterAll(() => test.stop())

describe('numbers', () => {
  it('rise by one within a tenant and mode, and tell nothing of others', async () => {
    const [one, two] = [await enterDoor(await test.newTenant()), await enterDoor(await test.newTenant())]
    const numbers = async (who: DoorContext) =>
      (await Promise.all(Array.from({ length: 5 }, () => doors.start(who, doorInput()))))
        .map(({ number }) => number)
        .sort((a, b) => a - b)
    const [own, others] = await Promise.all([numbers(one.context), numbers(two.context)])
    expect([own, others]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ])
    const next = await doors.start(one.context, doorInput({ steps: [FLASH, SMS] }))
    expect(next.number).toBe(6)
    expect(await findCall(one.context, 6)).toMatchObject({
      number: 6,
      verification: next.verification.id,
      phone: next.verification.phone,
      status: 'pending',
      attemptStatus: 'queued',
      priceMicros: null,
    })
    for (const unknown of [0, 7, -1, 1.5, 2 ** 31, Number.NaN])
      expect(await findCall(one.context, unknown)).toBeNull()
  })

  it('list the newest, or those of a span page by page', async () => {
    const { context } = await enterDoor(await test.newTenant())
    const started = []
    for (let i = 0; i < 4; i++) started.push(await doors.start(context, doorInput()))
    const numbersOf = async (span: Parameters<typeof listCalls>[1]) =>
      (await listCalls(context, span)).map(({ number }) => number)
    expect(await numbersOf({ last: 3 })).toEqual([4, 3, 2])
    const [from, to] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)]
    expect(await numbersOf({ from, to })).toEqual([1, 2, 3, 4])
    expect(await numbersOf({ from, to, after: 2 })).toEqual([3, 4])
    expect(await numbersOf({ from: to, to: new Date(to.getTime() + 1000) })).toEqual([])
  })
})
