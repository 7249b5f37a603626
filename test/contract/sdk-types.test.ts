import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { sdkTypes } from './sdk-types.ts'

const FILE = 'sdk/typescript/src/generated.ts'
let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

it('the types of the SDK are those of the OpenAPI document; `npm run sdk-types` generates them', async () => {
  const { body } = await test.request('GET', '/openapi.json', { key: null })
  const types = await sdkTypes(body)
  if (process.env.GENERATE_SDK_TYPES) writeFileSync(FILE, types)
  expect(readFileSync(FILE, 'utf8')).toBe(types)
})
