import { beforeAll, describe, expect, it } from 'vitest'
import { statusOn } from '../../src/channels/reached.ts'
import { ProviderFault } from '../../src/providers/provider.ts'
import { expectNoSecret } from './asking.ts'
import { holdDeadlines } from './deadlines.ts'
import { deadUrl, rawOperator } from './raw-operator.ts'
import { accountAt, speakerFor, speakers } from './speakers.ts'
import { troubles } from './troubles.ts'

/** Each channel of each operator. */
const names = Object.keys(speakers)

beforeAll(holdDeadlines)

describe.each(names)('%s: balance and records', (name) => {
  const { provider, speaker } = speakerFor(name)
  const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 30_000)
  const span = { from: new Date(at.getTime() - 5_000), to: new Date(), phone: null }

  it.skipIf(speaker.isGateway)('returns the balance in millionths', async () => {
    const { balance, currency = 'RUB' } = speaker
    const operator = await rawOperator((request) =>
      speaker.say(request, JSON.stringify(typeof balance === 'function' ? balance(request) : balance)),
    )
    expect(await provider.balance(accountAt(name, operator.url))).toMatchObject({
      balanceMicros: 5_000_000n,
      currency,
      limitMicros: 0n,
    })
  })

  it('finds a call by time and phone, as an instant', async () => {
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.records(at))))
    const account = accountAt(name, operator.url)
    const {
      rows: [record, ...others],
    } = await provider.records(account, { ...span, phone: speaker.call.phone })
    expect(others).toEqual([])
    expect(record).toMatchObject({ at, phone: speaker.call.phone, code: speaker.recordedCode })
    expect(record?.result && statusOn('flash_call', record.result.status)).toBe('no_answer')
    expectNoSecret(name, { ...record, code: null, callerEnding: null })
    expect(record?.row).not.toContain('9243555100')
  })

  it('returns the operator’s Date header with its records, if there is one', async () => {
    const date = new Date('2026-11-28T12:00:00Z')
    const told = async (headers: Record<string, string>) => {
      const operator = await rawOperator((request) => {
        const reply = speaker.say(request, JSON.stringify(speaker.records(at)))
        return { ...reply, headers: { ...reply.headers, ...headers } }
      })
      return (await provider.records(accountAt(name, operator.url), span)).answeredAt
    }
    expect(await told({ Date: date.toUTCString() })).toEqual(date)
    expect(await told({ Date: 'today' })).toBe(null)
    expect(await told({})).toBe(null)
  })

  it.each(['yesterday', '28/11/2026 12:00:00', '', null, undefined])(
    'does not prove absence if a record of the phone is dated %j',
    async (written) => {
      const operator = await rawOperator((request) => {
        const told = JSON.stringify(speaker.records(at), (key, value) =>
          ['created_at', 'startTime', 'clientdate', 'invited_at'].includes(key) ? written : value,
        )
        return speaker.say(request, told)
      })
      const account = accountAt(name, operator.url)
      const isWhole = async (phone: string | null) => {
        const { rows, isWhole } = await provider.records(account, { ...span, phone })
        expect(rows).toEqual([])
        return isWhole
      }
      expect(await isWhole(speaker.call.phone)).toBe(false)
      expect(await isWhole(null)).toBe(false)
      expect(await isWhole('+79243555101')).toBe(true)
    },
  )

  it.each([null, {}, 'x', { phone: null, dnid: null }])(
    'finds a call beside the record %j, and does not prove absence',
    async (stray) => {
      const operator = await rawOperator((request) => {
        const told = JSON.stringify(speaker.records(at), (_key, value) =>
          Array.isArray(value) ? [stray, ...value] : value,
        )
        return speaker.say(request, told)
      })
      const query = { ...span, phone: speaker.call.phone }
      expect(await provider.records(accountAt(name, operator.url), query)).toMatchObject({
        rows: [{ at, phone: speaker.call.phone }],
        isWhole: false,
      })
    },
  )

  it('gives a record the same name each time', async () => {
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.records(at))))
    const rows = async () =>
      (await provider.records(accountAt(name, operator.url), span)).rows.map(({ row }) => row)
    expect(await rows()).toEqual(await rows())
  })

  it.each(['balance', 'records'] as const)(
    'throws unauthorized for %s with wrong credentials',
    async (method) => {
      const operator = await rawOperator(speaker.unauthorized)
      const fault = await provider[method](accountAt(name, operator.url), span).catch(
        (error: unknown) => error,
      )
      expect(fault).toBeInstanceOf(ProviderFault)
      expect(fault).toMatchObject({ reason: 'unauthorized' })
      expect(operator.requests).toHaveLength(1)
    },
  )

  it.each(['balance', 'records'] as const)(
    'throws unreachable for %s where nothing listens',
    async (method) => {
      const fault = await provider[method](accountAt(name, await deadUrl()), span).catch(
        (error: unknown) => error,
      )
      expect(fault).toMatchObject({ reason: 'unreachable' })
      expectNoSecret(name, fault)
    },
  )

  it.each(troubles)('throws after $name', async ({ behave, settings }) => {
    const operator = await rawOperator(behave(name))
    for (const method of ['balance', 'records'] as const) {
      const asked = provider[method](accountAt(name, operator.url, settings), span)
      const fault = await asked.catch((error: unknown) => error)
      expect(fault, method).toBeInstanceOf(ProviderFault)
      expectNoSecret(name, fault)
    }
  })
})
