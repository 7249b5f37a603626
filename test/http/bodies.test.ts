import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SERVER_LIMITS } from '../../src/http/server-limits.ts'
import { waitFor } from '../setup/wait.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from './client.ts'
import { type Listening, listen } from './listen.ts'

const KIB = 1024

let test: TestHttp
let server: Listening
let port: number
const sockets = new Set<ReturnType<typeof send>>()
beforeAll(async () => {
  test = await startTestHttp({ TRUST_PROXY: '1' }, { bodiesBytesMost: 200 * KIB })
  server = await listen(test, { ...SERVER_LIMITS, headersTimeout: 200 })
  port = server.port
})
afterEach(async () => {
  for (const socket of sockets) socket.end()
  sockets.clear()
})
afterAll(async () => {
  await server.close()
  await test.stop()
})

/** Sends raw text, and collects the answer. */
function send(text: string) {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  let closed = false
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  socket.on('data', (data) => {
    answer += data
  })
  socket.write(text)
  const sent = {
    answer: () => answer,
    isClosed: () => closed,
    status: async () => (await waitFor(() => Number(answer.split(' ')[1]) || null)) ?? 0,
    more: (text: string) => void socket.write(text),
    end: () => void socket.destroy(),
  }
  sockets.add(sent)
  return sent
}

const head = (path: string, type: string, length: number, ...headers: string[]) =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    ...headers,
    '',
    '',
  ].join('\r\n')

/** Begins a start whose body never ends. */
const beginBody = (address: string, length = 17 * KIB) =>
  send(
    `${head('/v1/verifications', 'application/json', length, `Authorization: Bearer ${ADMIN_KEY}`, `X-Forwarded-For: ${address}`)}{`,
  )

const FORM = 'application/x-www-form-urlencoded'

describe('bodies in transit', () => {
  let phones = 0
  const whole = (address: string) => {
    const body = `{"phone":"+7924355${7000 + phones++}"}`
    const authorization = `Authorization: Bearer ${ADMIN_KEY}`
    const sent = send(
      head(
        '/v1/verifications',
        'application/json',
        body.length,
        authorization,
        `X-Forwarded-For: ${address}`,
      ),
    )
    // After the headers, as a body that does not fit into one packet.
    setImmediate(() => sent.more(body))
    return sent
  }

  it('are bounded per address (an IPv6 network is one), leave room for others, and free their room at the end', async () => {
    const slow = [1, 2, 3, 4, 5, 6].map((i) => beginBody(`2001:db8:0:${i}00::1`))
    const refused = beginBody('2001:db8:0:7::1')
    expect(await refused.status()).toBe(503)
    expect(refused.answer()).toMatch(/connection: close/i)
    expect(refused.answer()).toMatch(/retry-after: 1/i)
    expect(slow.map(({ answer }) => answer())).toEqual(slow.map(() => ''))
    expect(await whole('192.0.2.1').status()).toBe(201)
    for (const { end } of slow) end()
    await waitFor(async () => (await whole('2001:db8:0:8::1').status()) === 201)
  })

  it('do not count if they came with their headers', async () => {
    const slow = [1, 2, 3, 4, 5, 6].map(() => beginBody('192.0.2.2'))
    expect(await beginBody('192.0.2.2').status()).toBe(503)
    const body = '{"phone":"+79243557900"}'
    const authorization = `Authorization: Bearer ${ADMIN_KEY}`
    const headers = head(
      '/v1/verifications',
      'application/json',
      body.length,
      authorization,
      'X-Forwarded-For: 192.0.2.2',
    )
    expect(await send(headers + body).status()).toBe(201)
    expect(slow.map(({ answer }) => answer())).toEqual(slow.map(() => ''))
  })
})

describe('a form of the console', () => {
  const form = (path: string, length: number, ...headers: string[]) =>
    send(`${head(path, FORM, length, ...headers)}key=`).status()

  it('is not awaited without our cookie, or from another site', async () => {
    expect(await form('/console/login', 1000)).toBe(403)
    expect(await form('/console/preferences', 1000)).toBe(403)
    const cookie = 'Cookie: ringproof_form=abc'
    expect(await form('/console/login', 1000, cookie, 'Sec-Fetch-Site: cross-site')).toBe(403)
    // With a member's cookie: to the log-in page.
    expect(await form('/console/keys', 1000, cookie)).toBe(303)
  })

  it('may have 4 KiB before the log-in and 64 KiB after it', async () => {
    const login = await test.http.request('/console/login')
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const csrf = /name="csrf" value="([^"]+)"/.exec(await login.text())?.[1] ?? ''
    expect(await form('/console/login', 4097, `Cookie: ${cookie}`)).toBe(413)
    const entered = await test.http.request('/console/login', {
      method: 'POST',
      headers: { 'content-type': FORM, 'content-length': '1', cookie },
      body: new URLSearchParams({ csrf, key: ADMIN_KEY }).toString(),
    })
    expect(entered.status).toBe(303)
    const session = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    expect(await form('/console/keys', 64 * KIB + 1, `Cookie: ${session}`)).toBe(413)
  })
})

it('a page of the console leaks no native memory: formatters are created once', async () => {
  const page = async () => (await test.http.request('/console/login')).text()
  await page()
  let made = 0
  const counting = <T extends object>(original: T) =>
    new Proxy(original, {
      construct(target, args) {
        made += 1
        return Reflect.construct(target as never, args)
      },
    })
  const { DateTimeFormat, NumberFormat } = Intl
  Object.assign(Intl, {
    DateTimeFormat: counting(DateTimeFormat),
    NumberFormat: counting(NumberFormat),
  })
  try {
    await page()
  } finally {
    Object.assign(Intl, { DateTimeFormat, NumberFormat })
  }
  expect(made).toBe(0)
})

it('a client that sends headers slowly is cut off soon after the limit', async () => {
  const slow = send('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow')
  await waitFor(slow.isClosed, { what: 'the end of the connection' })
  expect(SERVER_LIMITS).toMatchObject({ headersTimeout: 10_000, connectionsCheckingInterval: 1000 })
})
