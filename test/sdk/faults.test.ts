import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ConnectionError, Ringproof, RingproofError, TimeoutError } from '../../sdk/typescript/src/index.ts'

type Act = (response: ServerResponse, request: IncomingMessage) => void

/** What the server does with each request; the last for all that follow. */
let acts: Act[]
let keys: (string | undefined)[]
let bodies: string[]
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  bodies.push(Buffer.concat(chunks).toString())
  keys.push(request.headers['idempotency-key'] as string | undefined)
  const act = acts.length > 1 ? acts.shift() : acts[0]
  act?.(response, request)
})
let ringproof: Ringproof
const clientOf = (timeoutMs?: number) => {
  const { port } = server.address() as AddressInfo
  return new Ringproof({ baseUrl: `http://127.0.0.1:${port}/`, apiKey: 'rp_test_x', timeoutMs })
}
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ringproof = clientOf()
})
beforeEach(() => {
  keys = []
  bodies = []
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const breaks: Act = (response) => response.destroy()
const hangs: Act = () => {}
const started: Act = (response) => response.writeHead(201).end('{"id":"ver_1"}')
const cut: Act = (response) => {
  response.writeHead(201, { 'content-length': '1000' }).write('{"id"', () => response.destroy())
}
const problem =
  (status: number, code: string, retryAfter?: number): Act =>
  (response) => {
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    response.writeHead(status, headers).end(JSON.stringify({ code, status, detail: code }))
  }
const start = (client = ringproof) => client.verifications.start({ phone: '+79250000000' })
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: RingproofError) => error,
  )

it.each<[string, Act]>([
  ['a broken connection', breaks],
  ['an answer that is cut off', cut],
  ['503 with Retry-After', problem(503, 'unavailable', 0)],
  ['503 of a proxy', (response) => response.writeHead(503).end('<h1>Service Unavailable</h1>')],
  ['500', problem(500, 'internal')],
  ['429 with Retry-After', problem(429, 'too_many_requests', 0)],
  ['a first try that still runs', problem(409, 'idempotency_in_progress', 0)],
])('%s: the same request is repeated under the same Idempotency-Key, twice at most', async (_, fault) => {
  acts = [fault, fault, started]
  expect(await start()).toEqual({ id: 'ver_1' })
  expect([keys.length, new Set(keys).size, new Set(bodies).size]).toEqual([3, 1, 1])
  acts = [fault]
  keys = []
  expect(await failure(start())).toBeInstanceOf(RingproofError)
  expect(keys).toHaveLength(3)
})

it.each<[string, Act]>([
  ['verification_not_active', problem(409, 'verification_not_active')],
  ['code_not_ready', problem(409, 'code_not_ready', 0)],
  ['attempt_in_progress', problem(409, 'attempt_in_progress')],
  ['code_incorrect', problem(422, 'code_incorrect')],
  ['unauthorized', problem(401, 'unauthorized')],
  ['rate_limited', problem(429, 'rate_limited', 11)],
  ['unavailable', problem(503, 'unavailable', 11)],
  ['http_429', (response) => response.writeHead(429).end()],
  ['http_302', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
  ['invalid_answer', (response) => response.writeHead(200).end('<h1>Log in</h1>')],
])('%s: the request is not repeated', async (code, act) => {
  acts = [act, started]
  expect(await failure(start())).toMatchObject({ code })
  expect(keys).toHaveLength(1)
})

it('every call of a method has an Idempotency-Key of its own, unless one is given', async () => {
  acts = [started]
  await start()
  await ringproof.verifications.cancel('ver_1')
  await ringproof.verifications.cancel('ver_1', { idempotencyKey: 'mine' })
  await ringproof.verifications.get('ver_1')
  expect([new Set(keys).size, keys[2], keys[3]]).toEqual([4, 'mine', undefined])
})

it('no answer in time is an error, after three tries', async () => {
  acts = [hangs]
  const error = await failure(start(clientOf(30)))
  expect(error).toBeInstanceOf(TimeoutError)
  expect(error).toMatchObject({ status: 0, code: 'timed_out' })
  expect(keys).toHaveLength(3)
})

it('a caller who aborts gets the own reason, and nothing is repeated', async () => {
  const own = new AbortController()
  acts = [() => own.abort('enough')]
  const promise = ringproof.verifications.get('ver_1', { signal: own.signal })
  expect(await failure(promise)).toBe('enough')
  const pausing = new AbortController()
  acts = [
    (response) => {
      response.once('finish', () => pausing.abort('enough'))
      problem(503, 'unavailable', 10)(response, response.req)
    },
  ]
  expect(await failure(ringproof.verifications.get('ver_1', { signal: pausing.signal }))).toBe('enough')
  expect(keys).toHaveLength(2)
})

it('nothing listens: a ConnectionError without the key or the phone', async () => {
  const nobody = new Ringproof({ baseUrl: 'http://127.0.0.1:1', apiKey: 'rp_test_secret' })
  const error = await failure(nobody.verifications.start({ phone: '+79250000000' }))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(`${error} ${JSON.stringify(error)} ${error?.cause}`).not.toMatch(/secret|7925/)
})
