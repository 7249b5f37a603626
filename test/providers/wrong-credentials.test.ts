import { describe, expect, it } from 'vitest'
import { rawOperator } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, speakerFor, speakers } from './speakers.ts'

const names = Object.keys(speakers).filter((name) => !speakers[name]?.isGateway)

describe.each(names)('%s: HTTP 401 without the envelope', (name) => {
  const { provider, speaker } = speakerFor(name)
  const span = { from: new Date(Date.now() - 60_000), to: new Date(), phone: null }

  it.each(['', '<h1>401</h1>', '{"detail":"x"}'])('says that the credentials are wrong: %j', async (body) => {
    const operator = await rawOperator(() => ({ status: 401, body }))
    const account = accountAt(name, operator.url)
    const call = { ...speaker.call, placedAt: new Date() }
    expect(await provider.place(account, requestOf(speaker))).toMatchObject({ reason: 'unauthorized' })
    expect(await provider.status(account, call)).toMatchObject({ reason: 'unauthorized' })
    for (const method of ['balance', 'records'] as const) {
      const fault = await provider[method](account, span).catch((error: unknown) => error)
      expect([method, fault]).toEqual([method, expect.objectContaining({ reason: 'unauthorized' })])
    }
    expect(operator.requests).toHaveLength(4)
  })

  it('unlike a page with HTTP 403, which may be a firewall’s, unless the operator bans addresses', async () => {
    const operator = await rawOperator(() => ({ status: 403, body: '<h1>Forbidden</h1>' }))
    const account = accountAt(name, operator.url)
    const [refused, failed] = provider.stopShared
      ? ['unauthorized', 'unauthorized']
      : ['unavailable', 'bad_answer']
    expect(await provider.place(account, requestOf(speaker))).toMatchObject({ reason: refused })
    const fault = await provider.balance(account).catch((error: unknown) => error)
    expect(fault).toMatchObject({ reason: failed })
  })
})
