import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

describe('a change through a process', () => {
  const start = async (phone: string) =>
    (await test.request('POST', '/v1/verifications', { key: testKey, body: { phone } })).status
  let testKey = ''
  beforeAll(async () => {
    const scopes = ['verify', 'read']
    const made = await test.request('POST', '/v1/api-keys', {
      body: { name: 'test', scopes, livemode: false },
    })
    testKey = made.body.secret
  })

  it('applies to its next request: a policy', async () => {
    expect(await start('+79243550001')).toBe(201)
    await test.request('PATCH', '/v1/policies', { body: { deny_prefixes: ['+7924'] } })
    expect(await start('+79243550002')).toBe(403)
    await test.request('PATCH', '/v1/policies', { body: { deny_prefixes: [] } })
    expect(await start('+79243550003')).toBe(201)
  })

  it('applies to its next request: the end of a key', async () => {
    const { body } = await test.request('GET', '/v1/api-keys')
    const { id } = body.data.find(({ name }: { name: string }) => name === 'test')
    await test.request('DELETE', `/v1/api-keys/${id}`)
    expect(await start('+79243550004')).toBe(401)
  })
})
