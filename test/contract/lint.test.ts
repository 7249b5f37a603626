import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectralCore from '@stoplight/spectral-core'
import spectralRulesets from '@stoplight/spectral-rulesets'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
let text: string
beforeAll(async () => {
  test = await startTestHttp()
  text = (await test.request('GET', '/openapi.json', { key: null })).text
})
afterAll(() => test.stop())

it('Redocly’s recommended rules find nothing in the OpenAPI document', async () => {
  const config = await createConfig({ extends: ['recommended'] })
  const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config })
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

it('Spectral’s recommended rules find nothing in the OpenAPI document', async () => {
  const spectral = new spectralCore.Spectral()
  spectral.setRuleset({ extends: [[spectralRulesets.oas as never, 'recommended']] })
  const found = await spectral.run(JSON.parse(text))
  expect(found.map(({ code, message, path }) => [code, message, path.join('/')])).toEqual([])
})
