import { afterAll, beforeAll, expect, test } from 'vitest'
import { list } from '../../src/verifications/read.ts'
import { ListQuery, StartInput } from '../../src/verifications/schemas.ts'
import { start } from '../../src/verifications/start.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'

let test_: TestApp

beforeAll(async () => {
  test_ = await startTestApp()
})
afterAll(() => test_.stop())

test('a verification is found by the last digits of its phone, by its own tenant only', async () => {
  const [own, other] = [await test_.newTenant('own'), await test_.newTenant('other')]
  for (const phone of ['+79243555100', '+79243665100', '+79243555101']) {
    await start(own, StartInput.parse({ phone }))
  }
  await start(other, StartInput.parse({ phone: '+79243555100' }))
  const phones = async (phone_ends: string) => {
    const { data } = await list(own, ListQuery.parse({ phone_ends }))
    return data.map(({ phone }) => phone).sort()
  }
  expect(await phones('5100')).toEqual(['+79243555100', '+79243665100'])
  expect(await phones('3555100')).toEqual(['+79243555100'])
  expect(await phones('79243555101')).toEqual(['+79243555101'])
  expect(await phones('9999')).toEqual([])
})
