import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { placeCalls } from './support.ts'

let test: TestHttp
let key: string
beforeAll(async () => {
  test = await startTestHttp()
  key = (await test.newKey()).secret
})
afterAll(() => test.stop())

async function begin(phone: string): Promise<string> {
  const { body } = await test.request('POST', '/v1/verifications', { key, body: { phone } })
  await placeCalls(test, body.id)
  return body.id
}

const give = (id: string, reason: string) =>
  test.request('POST', `/v1/verifications/${id}/feedback`, { key, body: { reason } })

const statistics = async (groupBy: string) =>
  (await test.request('GET', `/v1/statistics?group_by=${groupBy}`, { key })).body.data

describe('feedback about a call', () => {
  it('is in the audit with the provider, and is counted once per reason by provider and prefix', async () => {
    const id = await begin('+79243555100')
    expect((await give(id, 'no_call')).status).toBe(204)
    expect((await give(id, 'no_call')).status).toBe(204)
    expect((await give(id, 'marked_spam')).status).toBe(204)
    const { body } = await test.request('GET', `/v1/verifications/${id}/audit`, { key })
    const events = body.data.filter(({ type }: { type: string }) => type === 'verification.feedback')
    const [{ provider }] = events.map(({ data }: { data: { provider: string } }) => data)
    expect(provider).toMatch(/./)
    expect(events.map(({ data }: { data: unknown }) => data)).toEqual([
      { reason: 'no_call', provider },
      { reason: 'marked_spam', provider },
    ])
    expect(body.chain).toBe('intact')
    const feedback: Record<string, number> = {
      no_call: 1,
      other_number: 0,
      marked_spam: 1,
      code_refused: 0,
      answered: 0,
    }
    expect(await statistics('provider')).toMatchObject([{ key: provider, feedback }])
    expect(await statistics('prefix')).toMatchObject([{ key: '+7924', started: 1, feedback }])
  })

  it('is possible after the end, and refused for another reason than those of the contract', async () => {
    const id = await begin('+79243555101')
    await test.request('POST', `/v1/verifications/${id}/cancel`, { key })
    expect((await give(id, 'answered')).status).toBe(204)
    expect((await give(id, 'boring')).body.code).toBe('invalid_request')
  })
})
