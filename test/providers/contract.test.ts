import { beforeAll, describe, expect, it } from 'vitest'
import { statusOn } from '../../src/channels/reached.ts'
import { ProviderFault } from '../../src/providers/provider.ts'
import { expectNoSecret, placeAt, statusAt } from './asking.ts'
import { holdDeadlines } from './deadlines.ts'
import { type Behaviour, deadUrl, rawOperator, toBytes } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, secretsOf, speakerFor, speakers } from './speakers.ts'
import { troubles } from './troubles.ts'

/** Each channel of each operator. */
const names = Object.keys(speakers)

beforeAll(holdDeadlines)

describe.each(names)('%s: placing a call', (name) => {
  const { provider, speaker } = speakerFor(name)
  const call = requestOf(speaker)

  const place = (behaviour: Behaviour, settings = {}) => placeAt(name, behaviour, settings)

  it('is placed by the documented answer', async () => {
    const outcome = await place((request) => speaker.say(request, JSON.stringify(speaker.placed)))
    expect(outcome).toMatchObject({
      kind: 'placed',
      callId: speaker.call.callId,
      code: speaker.answeredCode,
      final: null,
    })
  })

  it('is placed by the documented answer under a wrong content type', async () => {
    const outcome = await place((request) => {
      const reply = speaker.say(request, JSON.stringify(speaker.placed))
      return { ...reply, headers: { ...reply.headers, 'Content-Type': 'text/html' } }
    })
    expect(outcome.kind).toBe('placed')
  })

  it('is placed by an answer in pieces after early hints', async () => {
    const outcome = await place((request, socket) => {
      const bytes = toBytes(speaker.say(request, JSON.stringify(speaker.placed)))
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preload\r\n\r\n')
      for (const part of bytes.match(/[\s\S]{1,7}/g) ?? []) socket.write(part)
      return undefined
    })
    expect(outcome.kind).toBe('placed')
  })

  it.each([200, 400, 403, 429, 500])('is refused by a refusal with HTTP %i', async (status) => {
    const outcome = await place((request) =>
      speaker.say(request, JSON.stringify(speaker.refusal('Something')), status),
    )
    expect(outcome).toMatchObject({ kind: 'refused', final: false })
  })

  it.each([
    ['Daily limit exceeded', 'limit'],
    ['Превышен лимит вызовов', 'limit'],
    ['Insufficient balance', 'balance'],
    ['Недостаточно средств', 'balance'],
    ['Invalid phone number', 'invalid_phone'],
    ['It is Monday', 'other'],
  ])('is refused with the reason of %j', async (text, reason) => {
    const outcome = await place((request) => speaker.say(request, JSON.stringify(speaker.refusal(text))))
    expect(outcome).toMatchObject({ kind: 'refused', reason, detail: text })
  })

  it('is refused as unauthorized', async () => {
    expect(await place(speaker.unauthorized)).toMatchObject({ kind: 'refused', reason: 'unauthorized' })
  })

  it('quotes no secret, phone or control character of a refusal', async () => {
    const text = `\u0000bad ${secretsOf(name).join(' ')} for ${call.phone}\r\n${'x'.repeat(500)}`
    const outcome = await place((request) => speaker.say(request, JSON.stringify(speaker.refusal(text))))
    const detail = outcome.kind === 'refused' ? outcome.detail : ''
    expect(detail).toMatch(/^bad •/)
    expect(detail).not.toMatch(/\p{C}|9243555100/u)
    expect(detail.length).toBeLessThanOrEqual(200)
  })

  it.each(troubles)('is unclear after $name', async ({ behave, settings }) => {
    expect(await place(behave(name), settings)).toMatchObject({ kind: 'unclear' })
  })

  it('is unclear after a redirect, and follows none', async () => {
    const target = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.placed)))
    const outcome = await place((request) => ({
      status: 307,
      headers: { Location: target.url + request.path },
      body: '',
    }))
    expect(outcome.kind).toBe('unclear')
    expect(target.connections()).toBe(0)
  })

  it('is unclear after a redirect that carries the documented answer', async () => {
    const outcome = await place((request) => speaker.say(request, JSON.stringify(speaker.placed), 302))
    expect(outcome.kind).toBe('unclear')
  })

  it('is never placed or repeated if the connection is reset at once', async () => {
    const operator = await rawOperator(() => undefined, {
      onConnection: (socket) => socket.resetAndDestroy(),
    })
    const outcome = await provider.place(accountAt(name, operator.url), call)
    expect(['unclear', 'not_sent']).toContain(outcome.kind)
    expect(operator.connections()).toBe(1)
    expectNoSecret(name, outcome)
  })

  it.each([
    ['nothing listens', () => deadUrl()],
    ['the name does not exist', async () => 'http://operator.invalid'],
    ['the base URL is none', async () => 'nonsense'],
    ['the other side does not speak TLS', async () => (await noTls()).url.replace('http:', 'https:')],
  ])('is not sent when %s', async (_why, urlOf) => {
    const outcome = await provider.place(accountAt(name, await urlOf()), call)
    expect(outcome.kind).toBe('not_sent')
    expectNoSecret(name, outcome)
  })

  it.each(['localhost', '127.0.0.1', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]'])(
    'is not sent to %s unless private targets are allowed',
    async (host) => {
      const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.placed)))
      const account = {
        ...accountAt(name, operator.url.replace('127.0.0.1', host)),
        allowPrivateTargets: false,
      }
      expect(await provider.place(account, call)).toMatchObject({ kind: 'not_sent' })
      expect(operator.connections()).toBe(0)
    },
  )
})

describe.each(names)('%s: following a call', (name) => {
  const { provider, speaker } = speakerFor(name)
  const call = { ...speaker.call, placedAt: new Date() }
  const ask = (behaviour: Behaviour, settings = {}) => statusAt(name, behaviour, settings)

  it('ends with the documented status', async () => {
    const outcome = await ask((request) => speaker.say(request, JSON.stringify(speaker.delivered(request))))
    expect(outcome).toMatchObject(
      speaker.reached === 'called'
        ? { kind: 'called', by: speaker.call.phone }
        : { kind: 'final', result: { status: speaker.reached, assumed: false } },
    )
  })

  it('stays open while the operator reports no end', async () => {
    const outcome = await ask((request) => speaker.say(request, JSON.stringify(speaker.open(request))))
    expect(outcome.kind).toBe('open')
  })

  it('ignores the end of another call', async () => {
    const operator = await rawOperator((request) =>
      speaker.say(request, JSON.stringify(speaker.delivered(request))),
    )
    const other = { ...call, phone: '+79243555101' }
    const outcome = await provider.status(accountAt(name, operator.url), other)
    // An inbound call of another phone is an event, and approves nothing.
    expect(outcome).toMatchObject(
      speaker.reached === 'called' ? { kind: 'called', by: call.phone } : { kind: 'fault' },
    )
  })

  it('is at fault if unauthorized', async () => {
    expect(await ask(speaker.unauthorized)).toMatchObject({ kind: 'fault' })
  })

  it.each(troubles)('is at fault after $name', async ({ behave, settings }) => {
    expect(await ask(behave(name), settings)).toMatchObject({ kind: 'fault' })
  })
})

describe.each(names)('%s: balance and records', (name) => {
  const { provider, speaker } = speakerFor(name)
  const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 30_000)
  const span = { from: new Date(at.getTime() - 5_000), to: new Date(), phone: null }

  it('returns the balance in millionths', async () => {
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.balance)))
    expect(await provider.balance(accountAt(name, operator.url))).toMatchObject({
      balanceMicros: 5_000_000n,
      currency: 'RUB',
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
    expectNoSecret(name, { ...record, code: null })
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
          ['created_at', 'startTime'].includes(key) ? written : value,
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

function noTls() {
  return rawOperator(() => undefined, { onConnection: (socket) => void socket.end('220 ready\r\n') })
}
