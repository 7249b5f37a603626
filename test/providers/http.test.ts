import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublicAddress, isRefusedLiteral, publicLookup } from '../../src/process/targets.ts'
import { operatorUrl, type Sent, send } from '../../src/providers/http.ts'
import { redact } from '../../src/providers/redact.ts'
import { say } from '../../src/words/text.ts'
import { rawOperator } from './raw-operator.ts'

const to = (baseUrl: string) =>
  ({
    baseUrl,
    segments: ['a'],
    method: 'GET',
    timeoutMs: 2_000,
    allowPrivateTargets: true,
    isStopped: () => false,
  }) as const

describe('a request for a stopped account', () => {
  it.each([
    ['before', [true]],
    ['while it connects', [false, true]],
  ])('sends nothing if it stops %s', async (_, answers) => {
    const operator = await rawOperator(() => ({ status: 200, body: '{}' }))
    const asked = [...answers]
    const sent = await send({ ...to(operator.url), isStopped: () => asked.shift() ?? true })
    expect(sent).toEqual({ kind: 'not_sent', why: say('note_stopped') })
    expect(operator.requests).toHaveLength(0)
  })
})

describe('operator URLs', () => {
  it('keep each segment one segment', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (segment) => {
        const url = operatorUrl({ baseUrl: 'https://operator.example/base/', segments: ['x', segment] })
        if (/^\.{1,2}$/.test(segment)) expect(url).toBeNull()
        else {
          expect(url?.origin).toBe('https://operator.example')
          expect(url?.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'base', 'x', segment])
          expect(url?.search).toBe('')
        }
      }),
    )
  })

  it('carry a trailing slash and a query where the operator requires them', () => {
    const url = operatorUrl({
      baseUrl: 'http://h:1',
      segments: ['a'],
      lastSlash: true,
      query: { sms: 'true' },
    })
    expect(url?.href).toBe('http://h:1/a/?sms=true')
  })

  it.each(['', 'operator.example', 'ftp://operator.example', 'file:///etc/passwd'])(
    'are not made from %j',
    (baseUrl) => {
      expect(operatorUrl({ baseUrl, segments: ['a'] })).toBeNull()
    },
  )
})

describe('targets', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'nonsense',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['8.8.8.8', '2a00:1450:4010::1', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('literals are checked before connecting, names when they resolve', async () => {
    expect(isRefusedLiteral('[::1]')).toBe(true)
    expect(isRefusedLiteral('operator.example')).toBe(false)
    const resolved = new Promise((resolve) => publicLookup('localhost', { all: true }, resolve))
    expect(await resolved).toMatchObject({ code: 'TARGET_REFUSED' })
  })
})

describe('redaction', () => {
  it('hides secrets in any case, keys, codes and phones, and cuts long text', () => {
    const token = 'Tok-en.123$'
    const text = `token ${token} TOK-EN.123$ ${encodeURIComponent(token)} code 2371 of 89243555100 key ${'ab'.repeat(20)}`
    expect(redact(text, [token])).toBe('token ••• ••• ••• code ••• of ••• key •••')
    expect(redact('é'.repeat(500), [])).toHaveLength(200)
    expect(redact('2\u00003\u200b71 SIP 486\nBusy', [])).toBe('••• SIP 486 Busy')
    expect(redact({ code: '2371' }, [])).toBe('')
  })

  it('never leaves a secret or four consecutive digits', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9._-]{8,40}$/)
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
        const clean = redact(before + hidden + after, [hidden])
        expect(clean).not.toContain(hidden)
        expect(clean).not.toMatch(/\d{4}|\p{C}/u)
        expect(clean.length).toBeLessThanOrEqual(400)
      }),
    )
  })
})

describe('connections', () => {
  it('made while the process was stalled come too late for the request', async () => {
    const operator = await rawOperator(() => ({ status: 200, body: '{}' }))
    const asked = new Promise<Sent>((resolve) => {
      // From a timer, so that the connection is ready before the deadline's own timer runs.
      setTimeout(() => {
        resolve(send({ ...to(operator.url), timeoutMs: 20 }))
        const end = performance.now() + 40
        while (performance.now() < end);
      }, 1)
    })
    expect(await asked).toMatchObject({ kind: 'not_sent' })
    await send({ ...to(operator.url), segments: ['later'] })
    expect(operator.requests.map(({ path }) => path)).toEqual(['/later'])
  })

  it('are reused, and no answer goes to another request', async () => {
    const operator = await rawOperator(({ path }) => ({ status: 200, body: path }))
    for (const segment of ['one', 'two', 'three']) {
      expect(await send({ ...to(operator.url), segments: [segment] })).toMatchObject({
        kind: 'answer',
        text: `/${segment}`,
      })
    }
    expect(operator.connections()).toBeLessThan(3)
  })

  it('that break with several requests in progress repeat none of them', async () => {
    const waiting: Socket[] = []
    const operator = await rawOperator((_request, socket) => {
      waiting.push(socket)
      if (waiting.length === 20) for (const one of waiting) one.resetAndDestroy()
      return undefined
    })
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send({ ...to(operator.url), segments: [String(index)] })),
    )
    expect(sent.map(({ kind }) => kind)).toEqual(Array(20).fill('unclear'))
    await send({ ...to(operator.url), timeoutMs: 100 })
    expect(new Set(operator.requests.map(({ path }) => path)).size).toBe(operator.requests.length)
  })

  it('drop a request that waits for the TLS handshake, unsent', async () => {
    const operator = await rawOperator(() => undefined)
    const sent = await send({ ...to(operator.url.replace('http:', 'https:')), timeoutMs: 200 })
    expect(sent).toEqual({ kind: 'not_sent', why: say('note_connect_timeout') })
    expect(operator.connections()).toBe(1)
    expect(operator.requests).toEqual([])
  })
})
