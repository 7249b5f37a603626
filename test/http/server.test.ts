import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from './client.ts'
import { type Listening, listen } from './listen.ts'

let test: TestHttp
let server: Listening
let port: number
beforeAll(async () => {
  test = await startTestHttp()
  server = await listen(test)
  port = server.port
})
afterAll(async () => {
  await server.close()
  await test.stop()
})

const HEAD = [`Host: 127.0.0.1`, `Authorization: Bearer ${ADMIN_KEY}`, 'Content-Type: application/json']

/** Sends raw bytes. Resolves to the answer when the connection ends or is silent for half a second. */
function raw(head: string[], body: (write: (text: string) => boolean) => void = () => {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    body((text) => !socket.destroyed && socket.write(text))
  })
}

const statusOf = (answer: string) => Number(answer.split(' ')[1])

describe('over a socket', () => {
  it('a request is answered with a Content-Length', async () => {
    const body = '{"phone":"+79243555102"}'
    const response = await fetch(`http://127.0.0.1:${port}/v1/verifications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(201)
    const text = await response.text()
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
    expect(response.headers.get('connection')).toBe('keep-alive')
  })

  it('a body without a length is read up to the limit, and no further', async () => {
    let written = 0
    const answer = await raw(
      ['POST /v1/verifications HTTP/1.1', ...HEAD, 'Transfer-Encoding: chunked'],
      (write) => {
        const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
        const more = setInterval(() => {
          if (written > 2_000_000 || !write(chunk)) return clearInterval(more)
          written += 0x4000
        }, 1)
      },
    )
    expect(statusOf(answer)).toBe(413)
    expect(answer).toMatch(/connection: close/i)
    expect(answer).toContain('body_too_large')
  })

  it('a chunked body within the limit is accepted', async () => {
    const body = '{"phone":"+79243555103"}'
    const answer = await raw(
      ['POST /v1/verifications HTTP/1.1', ...HEAD, 'Transfer-Encoding: chunked'],
      (write) => {
        write(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
      },
    )
    expect(statusOf(answer)).toBe(201)
  })

  it('a Content-Length above the limit is refused before the body arrives', async () => {
    const since = performance.now()
    const answer = await raw(['POST /v1/verifications HTTP/1.1', ...HEAD, 'Content-Length: 99999999'])
    expect(statusOf(answer)).toBe(413)
    expect(performance.now() - since).toBeLessThan(2000)
  })

  it('odd requests do not get a 5xx', async () => {
    const cases: [string[], number[]][] = [
      [['TRACE /v1/verifications HTTP/1.1', ...HEAD], [405]],
      [['PROPFIND /v1/verifications HTTP/1.1', ...HEAD], [405]],
      [['PUT /v1/verifications HTTP/1.1', ...HEAD, 'Content-Length: 2', '', '{}'], [405]],
      [['GET /v1/verifications/%ZZ HTTP/1.1', ...HEAD], [404]],
      [['GET /v1/verifications/%00 HTTP/1.1', ...HEAD], [404]],
      [['GET /v1/verifications?phone=%ZZ HTTP/1.1', ...HEAD], [422]],
      [['GET /v1/verifications?phone=%FF%FE HTTP/1.1', ...HEAD], [422]],
      [['GET /v1/verifications?=&&&limit=1 HTTP/1.1', ...HEAD], [422]],
      [['GET //v1/verifications HTTP/1.1', ...HEAD], [404]],
      [['GET /v1/verifications/ HTTP/1.1', ...HEAD], [404]],
      [['GET /docs/errors/__proto__ HTTP/1.1', ...HEAD], [404]],
      [['GET http://127.0.0.1/healthz HTTP/1.1', ...HEAD], [200]],
      [['GET /v1/verifications HTTP/1.1', 'Host: <script>', ...HEAD.slice(1)], [400]],
      [['GET /healthz HTTP/1.1', ...HEAD, 'Content-Length: 5', '', 'hello'], [200]],
      [['DELETE /v1/routes/x HTTP/1.1', ...HEAD, 'Content-Length: 5', '', 'hello'], [404]],
      [
        ['OPTIONS * HTTP/1.1', ...HEAD],
        [400, 404],
      ],
      [['POST /v1/verifications HTTP/1.1', ...HEAD, 'Content-Length: 0'], [400]],
    ]
    const answers = await Promise.all(cases.map(([request]) => raw(request)))
    for (const [i, [request, statuses]] of cases.entries()) {
      const status = statusOf(answers[i] ?? '')
      expect([request[0], request[1], status]).toEqual([request[0], request[1], expect.toBeOneOf(statuses)])
    }
  })

  it('HEAD answers as GET, without the body', async () => {
    const answer = await raw(['HEAD /docs HTTP/1.1', ...HEAD])
    expect(statusOf(answer)).toBe(200)
    expect(answer).toMatch(/content-type: text\/html/i)
    expect(answer.split('\r\n\r\n')[1]).toBe('')
  })
})

describe('a decisive header, sent twice', () => {
  const BODY = '{"name":"twice"}'
  const LINES: Record<string, [string, string]> = {
    'Idempotency-Key': ['one', 'other'],
    Authorization: [`Bearer ${ADMIN_KEY}`, 'Bearer rp_live_other'],
    'Ringproof-Tenant': ['', 'ten_00000000000000000000000000000000'],
    'Content-Type': ['application/json', 'text/plain'],
    'Content-Encoding': ['identity', 'gzip'],
  }

  const post = (headers: string[]) => {
    const lines = ['POST /v1/tenants HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close', ...headers]
    return raw([...lines, `Content-Length: ${BODY.length}`], (write) => write(BODY))
  }
  const all = (changed: string, lines: string[]) => [
    ...Object.entries(LINES).flatMap(([name, [value]]) =>
      name === changed || name === 'Idempotency-Key' || !value ? [] : [`${name}: ${value}`],
    ),
    ...lines,
  ]

  it.each(Object.keys(LINES))('counts once if both are equal: %s', async (name) => {
    const [value = ''] = LINES[name] ?? []
    const line = `${name}: ${value || test.firstTenant}`
    const answer = await post(all(name, [line, line]))
    expect(statusOf(answer), answer).toBe(201)
  })

  it.each(Object.keys(LINES))('is refused by name if they differ: %s', async (name) => {
    const [one = '', other = ''] = LINES[name] ?? []
    const lines = [`${name}: ${one || test.firstTenant}`, `${name.toLowerCase()}: ${other}`]
    for (const given of [lines, lines.toReversed()]) {
      const answer = await post(all(name, given))
      expect(statusOf(answer), answer).toBe(422)
      expect(answer).toContain('"code":"invalid_request"')
      expect(answer).toContain(`"path":"${name}"`)
    }
  })

  it('is the same key as sent once', async () => {
    const [first, again] = [
      await post(all('Idempotency-Key', ['Idempotency-Key: twice', 'idempotency-key: twice'])),
      await post(all('Idempotency-Key', ['Idempotency-Key: twice'])),
    ]
    expect([statusOf(first), statusOf(again)]).toEqual([201, 201])
    expect(again).toMatch(/idempotency-replayed: true/i)
  })
})
