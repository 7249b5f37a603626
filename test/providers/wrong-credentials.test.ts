import { describe, expect, it } from 'vitest'
import { rawOperator } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, speakerFor, speakers } from './speakers.ts'

const names = Object.keys(speakers)
const PAGES = ['', '<h1>401</h1>', '{"detail":"x"}']
const span = { from: new Date(Date.now() - 60_000), to: new Date(), phone: null }

/** The reasons that an operator with this answer gives place, status, balance and records to fail. */
async function reasonsAt(name: string, reply: { status: number; body: string }) {
  const { provider, speaker } = speakerFor(name)
  const operator = await rawOperator(() => reply)
  // A new one each time: the next login of the same may have to wait.
  const account = () => accountAt(name, operator.url)
  const call = { ...speaker.call, placedAt: new Date() }
  const reasonOf = async (asked: Promise<unknown>) =>
    ((await asked.catch((error: unknown) => error)) as { reason?: string }).reason
  const reasons = {
    place: await reasonOf(provider.place(account(), requestOf(speaker))),
    status: await reasonOf(provider.status(account(), call)),
    balance: await reasonOf(provider.balance(account())),
    records: await reasonOf(provider.records(account(), span)),
  }
  return { reasons, requests: operator.requests.length }
}

describe.each(names.filter((name) => !speakers[name]?.trunk))('%s: HTTP 401 without the envelope', (name) => {
  it.each(PAGES)('says that the credentials are wrong: %j', async (body) => {
    const { reasons, requests } = await reasonsAt(name, { status: 401, body })
    expect(new Set(Object.values(reasons))).toEqual(new Set(['unauthorized']))
    expect(requests).toBe(4)
  })
})

describe.each(names.filter((name) => speakers[name]?.trunk))(
  '%s: HTTP 401 of what stands at GATEWAY_URL',
  (name) => {
    it.each(PAGES)('says nothing about the trunk: %j', async (body) => {
      const { reasons } = await reasonsAt(name, { status: 401, body })
      expect(reasons).toMatchObject({ place: 'unavailable', status: undefined })
    })
  },
)

describe.each(names)('%s: a page with HTTP 403', (name) => {
  it('may be a firewall’s: the credentials are wrong only if the operator bans addresses', async () => {
    const { stopShared } = speakerFor(name).provider
    const { reasons } = await reasonsAt(name, { status: 403, body: '<h1>Forbidden</h1>' })
    expect(reasons).toMatchObject(
      stopShared
        ? { place: 'unauthorized', balance: 'unauthorized' }
        : { place: 'unavailable', balance: 'bad_answer' },
    )
  })
})
