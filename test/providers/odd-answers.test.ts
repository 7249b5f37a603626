import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNoSecret, placeAt, statusAt } from './asking.ts'
import { type Behaviour, type Received, rawOperator } from './raw-operator.ts'
import { oneMore } from './registry.ts'
import { requestOf } from './speaker.ts'
import { accountAt, speakerFor, speakers, withChanges } from './speakers.ts'

const names = Object.keys(oneMore.providers).filter((name) => speakers[name] && !speakers[name].isGateway)

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

  it('is placed by an answer with numbers as text and digits as numbers', async () => {
    for (const retype of [textual, numeric]) {
      const outcome = await place((request) => speaker.say(request, JSON.stringify(retype(speaker.placed))))
      expect(outcome).toMatchObject({
        kind: 'placed',
        callId: speaker.call.callId,
        code: speaker.answeredCode,
      })
    }
  })

  it.each(speakers[name]?.bareRefusals ?? [])('is refused by %j', async (refusal) => {
    const outcome = await place((request) => speaker.say(request, JSON.stringify(refusal), 400))
    expect(outcome).toMatchObject({ kind: 'refused', final: false })
  })

  it.each([
    [301, 'unavailable'],
    [308, 'unavailable'],
    [400, 'unavailable'],
    [401, 'unauthorized'],
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
    const account = { ...accountAt(name, operator.url), baseUrl: `${operator.url}/4ea13fbf/` }
    const { detail } = await provider.place(account, call)
    expect(detail).toBe(
      `HTTP 404 without the operator's envelope: base_url is probably wrong (${operator.url}/…)`,
    )
    await expect(provider.balance(account)).rejects.toThrow(detail)
    const nobody = { ...account, baseUrl: 'http://user:4ea13fbf@operator.invalid/4ea13fbf' }
    expect(await provider.place(nobody, call)).toMatchObject({
      kind: 'not_sent',
      detail: expect.stringMatching(/^no connection to http:\/\/operator\.invalid\/… \(E\w+\)$/),
    })
  })
})

describe.each(names)('%s: following a call, answered oddly', (name) => {
  const { provider, speaker } = speakerFor(name)
  const call = { ...speaker.call, placedAt: new Date() }
  const ask = (behaviour: Behaviour) => statusAt(name, behaviour)

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
    const retype = fc.constantFrom(textual, numeric, (value: unknown) => value)
    let answer = (_request: Received): unknown => null
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(answer(request))))
    await fc.assert(
      fc.asyncProperty(changes, retype, async (changed, retyped) => {
        answer = (request) =>
          retyped(withChanges(speaker.delivered(request), { ...speaker.undecided, ...changed }))
        const outcome = await provider.status(accountAt(name, operator.url), call)
        expect(outcome).toMatchObject({ kind: 'final', result: { status: 'answered' } })
        expectNoSecret(name, outcome)
      }),
      { numRuns: 60 },
    )
  })

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
