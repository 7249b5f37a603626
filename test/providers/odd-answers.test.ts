import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNoSecret, placeAt, statusAt } from './asking.ts'
import { type Behaviour, type Received, type Reply, rawOperator } from './raw-operator.ts'
import { oneMore } from './registry.ts'
import { requestOf } from './speaker.ts'
import { accountAt, speakerFor, speakers, withChanges } from './speakers.ts'

const names = Object.keys(oneMore.providers)
/** Our own gateway writes types and statuses as agreed. */
const loose = names.filter((name) => !speakers[name]?.trunk)

const COMPRESSED: [how: string, encode: (bytes: Buffer) => Buffer, named: string | null][] = [
  ['gzip', gzipSync, 'gzip'],
  ['gzip and does not say so', gzipSync, null],
  ['gzip twice', (bytes) => gzipSync(gzipSync(bytes)), 'gzip'],
  ['deflate', deflateSync, 'deflate'],
  ['deflate without its header', deflateRawSync, 'deflate'],
  ['Brotli', brotliCompressSync, 'br'],
  ['not gzip as it says', (bytes) => bytes, 'gzip'],
  ['of an encoding that does not exist', (bytes) => bytes, 'none, constructor'],
]

const textual = (value: unknown) => mapped(value, (leaf) => (leaf === null ? null : String(leaf)))
const numeric = (value: unknown) =>
  mapped(value, (leaf) => (typeof leaf === 'string' && /^\d+$/.test(leaf) ? Number(leaf) : leaf))

function mapped(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => mapped(member, map))
  if (typeof value !== 'object' || value === null) return map(value)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapped(member, map)]))
}

describe.each(names)('%s: placing a call, answered oddly', (name) => {
  const { provider, speaker } = speakerFor(name)
  const call = requestOf(speaker)
  /** A 401 of whatever stands in the gateway’s place says nothing about the trunk. */
  const unauthorized = speaker.trunk ? 'unavailable' : 'unauthorized'
  const place = (behaviour: Behaviour) => placeAt(name, behaviour)

  it.each(COMPRESSED)(
    'is placed by an answer compressed with %s, though unrequested',
    async (_how, encode, named) => {
      const outcome = await place((request) => {
        expect(request.headers['accept-encoding']).toBe('identity')
        const reply = speaker.say(request, JSON.stringify(speaker.placed))
        const encoding: Record<string, string> = named === null ? {} : { 'Content-Encoding': named }
        return { ...reply, headers: { ...reply.headers, ...encoding }, body: encode(Buffer.from(reply.body)) }
      })
      expect(outcome).toMatchObject({
        kind: 'placed',
        callId: speaker.call.callId,
        code: speaker.answeredCode,
      })
    },
  )

  it.each(['\uFEFF', '\uFEFF\uFEFF', ' \r\n\uFEFF'])('is placed by an answer after %j', async (mark) => {
    const outcome = await place((request) => speaker.say(request, mark + JSON.stringify(speaker.placed)))
    expect(outcome).toMatchObject({ kind: 'placed', callId: speaker.call.callId })
  })

  it.each(speakers[name]?.bareRefusals ?? [])('is refused by %j', async (refusal) => {
    const outcome = await place((request) => speaker.say(request, JSON.stringify(refusal), 400))
    expect(outcome).toMatchObject({ kind: 'refused', final: false })
  })

  it.each([
    [301, 'unavailable'],
    [308, 'unavailable'],
    [400, 'unavailable'],
    [401, unauthorized],
    [403, 'unavailable'],
    [404, 'unavailable'],
    [405, 'unavailable'],
    [413, 'unavailable'],
    [429, 'limit'],
  ])(
    'is refused, not unclear, after HTTP %i of a web server: the operator did not get the request',
    async (status, reason) => {
      for (const body of [`<html><h1>${status}</h1></html>`, '', 'no', '{"detail":"Not Found"}']) {
        const outcome = await place(() => ({ status, headers: { 'Content-Type': 'text/html' }, body }))
        const expected = status === 403 && speaker.forbidsAddress ? 'unauthorized' : reason
        expect(outcome).toMatchObject({ kind: 'refused', reason: expected, final: false })
      }
    },
  )

  it.each([200, 302, 307, 408, 500, 502, 503, 504])(
    'is unclear after a page with HTTP %i',
    async (status) => {
      const outcome = await place(() => ({
        status,
        headers: { 'Content-Type': 'text/html' },
        body: '<html></html>',
      }))
      expect(outcome.kind).toBe('unclear')
    },
  )

  it('is unclear after half an answer, whatever its status', async () => {
    for (const status of [400, 404]) {
      const half = JSON.stringify(speaker.placed).slice(0, -10)
      expect((await place((request) => speaker.say(request, half, status))).kind).toBe('unclear')
    }
  })

  it('names a probably wrong base URL, without its path', async () => {
    const operator = await rawOperator(() => ({ status: 404, body: '<html>' }))
    const account = accountAt(name, `${operator.url}/4ea13fbf/`)
    const { detail } = await provider.place(account, call)
    expect(detail).toBe(
      `HTTP 404 without the operator's envelope: base_url is probably wrong (${operator.url}/…)`,
    )
    await expect(provider.balance(account)).rejects.toThrow(detail)
    const nobody = accountAt(name, 'http://user:4ea13fbf@operator.invalid/4ea13fbf')
    expect(await provider.place(nobody, call)).toMatchObject({
      kind: 'not_sent',
      detail: expect.stringMatching(/^no connection to http:\/\/operator\.invalid\/… \(E\w+\)$/),
    })
  })
})

describe.each(names)('%s: following a call, answered oddly', (name) => {
  const { provider, speaker } = speakerFor(name)
  const call = { ...speaker.call, placedAt: new Date() }

  it('ends whatever the members that decide nothing hold, with numbers and flags as text or not', async () => {
    const junk = fc.oneof(
      fc.constantFrom('', null, 'n/a', '0,20', '0.20 руб.', [], {}, '2023-04-02 12:54', '••••'),
      fc.jsonValue({ maxDepth: 1 }).filter((value) => !/\d{5}/.test(JSON.stringify(value))),
    )
    const nameless = junk.filter((value) => !/\d/.test(JSON.stringify(value)))
    const members = Object.keys(speaker.undecided)
    const changes = fc.record(
      Object.fromEntries(members.map((name) => [name, /^(id|phone|dnid)$/.test(name) ? nameless : junk])),
      { requiredKeys: [] },
    )
    const same = (value: unknown) => value
    const retype = loose.includes(name) ? fc.constantFrom(textual, numeric, same) : fc.constant(same)
    let answer = (_request: Received): unknown => null
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(answer(request))))
    await fc.assert(
      fc.asyncProperty(changes, retype, async (changed, retyped) => {
        answer = (request) =>
          retyped(withChanges(speaker.delivered(request), { ...speaker.undecided, ...changed }))
        const outcome = await provider.status(accountAt(name, operator.url), call)
        expect(outcome).toMatchObject({ kind: 'final', result: { status: speaker.reached } })
        expectNoSecret(name, outcome)
      }),
      { numRuns: 60 },
    )
  })
})

describe.each(names)('%s: balance and records, answered oddly', (name) => {
  const { provider, speaker } = speakerFor(name)
  const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 30_000)
  const span = { from: new Date(at.getTime() - 5_000), to: new Date() }

  /** The balance and the records, at an operator whose answers `say` writes. */
  async function read(say: (answer: unknown, request: Received) => Reply) {
    const balance = await rawOperator((request) =>
      say(typeof speaker.balance === 'function' ? speaker.balance(request) : speaker.balance, request),
    )
    const records = await rawOperator((request) => say(speaker.records(at, request), request))
    const account = accountAt(name, records.url)
    return {
      balance: (await provider.balance(accountAt(name, balance.url)))?.balanceMicros ?? null,
      ofAll: await provider.records(account, { ...span, phone: null }),
      ofPhone: await provider.records(account, { ...span, phone: speaker.call.phone }),
    }
  }
  const record = { at, phone: speaker.call.phone, code: speaker.recordedCode }
  const records = { rows: [record], isWhole: true }
  const expected = {
    balance: speaker.currency === null ? null : 5_000_000n,
    ofAll: records,
    ofPhone: records,
  }

  it.each(COMPRESSED)('are read from answers compressed with %s', async (_how, encode, named) => {
    const told = await read((answer, request) => {
      const reply = speaker.say(request, JSON.stringify(answer))
      const encoding: Record<string, string> = named === null ? {} : { 'Content-Encoding': named }
      return { ...reply, headers: { ...reply.headers, ...encoding }, body: encode(Buffer.from(reply.body)) }
    })
    expect(told).toMatchObject(expected)
  })

  it('are read after a byte-order mark', async () => {
    const told = await read((answer, request) => speaker.say(request, `\uFEFF${JSON.stringify(answer)}`))
    expect(told).toMatchObject(expected)
  })
})

describe.each(loose)('%s: answers', (name) => {
  const { speaker } = speakerFor(name)

  it.each([
    ['numbers as text', textual],
    ['digits as numbers', numeric],
  ])('place a call with %s', async (_what, retype) => {
    const outcome = await placeAt(name, (request) =>
      speaker.say(request, JSON.stringify(retype(speaker.placed))),
    )
    expect(outcome).toMatchObject({
      kind: 'placed',
      callId: speaker.call.callId,
      code: speaker.answeredCode,
    })
  })
})

describe.each(loose)('%s: following a call, told in words', (name) => {
  const { speaker } = speakerFor(name)
  const ask = (behaviour: Behaviour) => statusAt(name, behaviour)

  it.each(['В обработке', 'Вызов выполняется', 'Calling'])(
    'stays open while the status is %j',
    async (words) => {
      const outcome = await ask((request) =>
        speaker.say(request, JSON.stringify(speaker.inWords(request, words))),
      )
      expect(outcome).toMatchObject({ kind: 'open', detail: words })
    },
  )

  it.each([
    ['Абонент занят', 'busy'],
    ['занято', 'busy'],
    ['Абонент не отвечает', 'no_answer'],
    ['Абонент недоступен', 'unreachable'],
    ['Номер не существует', 'no_such_number'],
  ])('ends with the words %j as %s', async (words, status) => {
    const outcome = await ask((request) =>
      speaker.say(request, JSON.stringify(speaker.inWords(request, words))),
    )
    expect(outcome).toMatchObject({ kind: 'final', result: { status, assumed: false } })
  })
})
