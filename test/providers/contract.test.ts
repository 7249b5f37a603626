import { beforeAll, describe, expect, it } from 'vitest'
import { expectNoSecret, placeAt, statusAt } from './asking.ts'
import { holdDeadlines } from './deadlines.ts'
import { type Behaviour, deadUrl, rawOperator, toBytes } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, secretsOf, speakerFor, speakers } from './speakers.ts'
import { troubles } from './troubles.ts'

/** Each channel of each operator. */
const names = Object.keys(speakers)

const REASONS = [
  ['Daily limit exceeded', 'limit'],
  ['Превышен лимит вызовов', 'limit'],
  ['Insufficient balance', 'balance'],
  ['Недостаточно средств', 'balance'],
  ['Invalid phone number', 'invalid_phone'],
  ['It is Monday', 'other'],
] as const

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

  it.each(speaker.reasons ?? REASONS)('is refused with the reason of %j', async (text, reason) => {
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
    expect(detail).toMatch(speaker.trunk ? /^refused by what listens at GATEWAY_URL$/ : /^bad •/)
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

  // Through the gateway, to the address of a trunk; names are for the gateway to resolve.
  const hosts = speaker.trunk
    ? ['127.0.0.1', '10.0.0.1', '169.254.169.254']
    : ['localhost', '127.0.0.1', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]']
  it.each(hosts)('is not sent to %s unless private targets are allowed', async (host) => {
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.placed)))
    const url = speaker.trunk ? operator.url : operator.url.replace('127.0.0.1', host)
    const account = { ...accountAt(name, url, {}, host), allowPrivateTargets: false }
    expect(await provider.place(account, call)).toMatchObject({ kind: 'not_sent' })
    expect(operator.connections()).toBe(0)
  })
})

describe.each(names)('%s: following a call', (name) => {
  const { speaker } = speakerFor(name)
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

  it('is at fault if unauthorized', async () => {
    expect(await ask(speaker.unauthorized)).toMatchObject({ kind: 'fault', reason: 'unauthorized' })
  })

  it.each(troubles)('is at fault after $name', async ({ behave, settings }) => {
    expect(await ask(behave(name), settings)).toMatchObject({ kind: 'fault' })
  })
})

describe.each(names.filter((name) => !speakers[name]?.namesNoPhone))('%s: following a call', (name) => {
  it('ignores the end of another', async () => {
    const { provider, speaker } = speakerFor(name)
    const operator = await rawOperator((request) =>
      speaker.say(request, JSON.stringify(speaker.delivered(request))),
    )
    const other = { ...speaker.call, phone: '+79243555101', placedAt: new Date() }
    const outcome = await provider.status(accountAt(name, operator.url), other)
    // An inbound call of another phone is an event, and approves nothing.
    expect(outcome).toMatchObject(
      speaker.reached === 'called' ? { kind: 'called', by: speaker.call.phone } : { kind: 'fault' },
    )
  })
})

function noTls() {
  return rawOperator(() => undefined, { onConnection: (socket) => void socket.end('220 ready\r\n') })
}
