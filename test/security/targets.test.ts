import { lookup as dnsLookup } from 'node:dns'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { REFUSED_HOSTS } from './refused-hosts.ts'

vi.mock('node:dns', async (load) => {
  const real = await load<typeof import('node:dns')>()
  return { ...real, lookup: vi.fn(real.lookup) }
})
// Modules that other test files have imported use the real resolver.
vi.resetModules()
const { send } = await import('../../src/providers/http.ts')
const { isPublicAddress, publicLookup } = await import('../../src/process/targets.ts')
const { say } = await import('../../src/words/text.ts')

describe('an address', () => {
  it.each(['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each(['', 'x', '127.1', '1', '0x1.1.1.1', '01.1.1.1', '4000::1', 'fe80::1%eth0', '::7f00:1'])(
    '"%s" is not',
    (address) => {
      expect(isPublicAddress(address)).toBe(false)
    },
  )
})

describe('a connection to an operator', () => {
  let server: Server
  let port: number
  let reached = 0
  beforeAll(async () => {
    server = createServer((request, response) => {
      reached += 1
      if (request.url === '/redirect')
        response.writeHead(302, { location: `http://127.0.0.1:${port}/secret` })
      response.end('inside')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  afterEach(() => {
    reached = 0
    vi.mocked(dnsLookup).mockReset()
  })

  /** The name server's answers, one per question. */
  function names(...answers: string[][]) {
    const next = [...answers]
    vi.mocked(dnsLookup).mockImplementation(((_name: string, _options: object, callback: unknown) => {
      const addresses = (next.length > 1 ? next.shift() : next[0]) ?? []
      const family = (address: string) => (address.includes(':') ? 6 : 4)
      const found = addresses.map((address) => ({ address, family: family(address) }))
      ;(callback as (error: null, found: unknown) => void)(null, found)
    }) as never)
  }
  const ask = (host: string, allowPrivateTargets = false, path = 'x') =>
    send({
      baseUrl: `http://${host}:${port}`,
      segments: [path],
      method: 'GET',
      timeoutMs: 5000,
      allowPrivateTargets,
      isStopped: () => false,
    })

  it.each(REFUSED_HOSTS.filter((host) => !/local/i.test(host)))('is never opened to %s', async (host) => {
    expect(await ask(host)).toEqual({ kind: 'not_sent', why: say('note_private_address') })
    expect([reached, vi.mocked(dnsLookup).mock.calls.length]).toEqual([0, 0])
  })

  it.each([['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['fd00::1']])(
    'is never opened to a name that resolves to %s',
    async (address) => {
      names([address])
      expect(await ask('api.operator.example')).toEqual({
        kind: 'not_sent',
        why: say('note_not_connected', {
          address: `http://api.operator.example:${port}`,
          code: 'TARGET_REFUSED',
        }),
      })
      expect(reached).toBe(0)
    },
  )

  it('goes to the checked address: the name is resolved once per connection', async () => {
    names(['93.184.216.34'], ['127.0.0.1'])
    const chosen = await new Promise((resolve) =>
      publicLookup('rebound.operator.example', { all: true }, (_error, addresses) => resolve(addresses)),
    )
    expect(chosen).toEqual([{ address: '93.184.216.34', family: 4 }])
    expect(vi.mocked(dnsLookup)).toHaveBeenCalledTimes(1)
    // The name now resolves to a private address: another connection resolves it again and is refused.
    expect(await ask('rebound.operator.example')).toMatchObject({ kind: 'not_sent' })
    expect(vi.mocked(dnsLookup)).toHaveBeenCalledTimes(2)
    expect(reached).toBe(0)
  })

  it('shares a lookup in progress with others that need the name, and no later one', async () => {
    type Answer = (error: Error | null, found: object[]) => void
    const waiting: Answer[] = []
    vi.mocked(dnsLookup).mockImplementation(((_host: string, _options: object, answer: Answer) => {
      waiting.push(answer)
    }) as never)
    const find = () =>
      new Promise((resolve) =>
        publicLookup('slow.example', { all: true }, (error, found) => resolve(error ?? found)),
      )
    const both = Promise.all([find(), find()])
    expect(waiting).toHaveLength(1)
    const found = [{ address: '93.184.216.34', family: 4 }]
    waiting[0]?.(null, found)
    expect(await both).toEqual([found, found])
    const later = find()
    waiting[1]?.(new Error('no such name'), [])
    expect(await later).toEqual(new Error('no such name'))
  })

  it('uses only the public ones of several addresses', async () => {
    names(['10.0.0.1', '93.184.216.34', '::1', '2606:4700::1111'])
    const lookup = (all: boolean) =>
      new Promise((resolve) => publicLookup('x.example', { all }, (_error, found) => resolve(found)))
    expect(await lookup(true)).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ])
    expect(await lookup(false)).toBe('93.184.216.34')
  })

  it('follows no redirect', async () => {
    expect(await ask('127.0.0.1', true, 'redirect')).toMatchObject({ kind: 'answer', status: 302 })
    expect(reached).toBe(1)
  })
})
