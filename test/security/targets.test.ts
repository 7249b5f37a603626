import { lookup as dnsLookup } from 'node:dns'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

vi.mock('node:dns', async (load) => {
  const real = await load<typeof import('node:dns')>()
  return { ...real, lookup: vi.fn(real.lookup) }
})
// Modules that other test files have imported use the real resolver.
vi.resetModules()
const { AppError } = await import('../../src/errors.ts')
const { send } = await import('../../src/providers/http.ts')
const { isPublicAddress, publicLookup } = await import('../../src/providers/targets.ts')
const { readBaseUrl } = await import('../../src/routing/account-address.ts')
const { say } = await import('../../src/words/text.ts')

/** Hosts that no operator may have, in every notation. */
const REFUSED_HOSTS = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '0',
  '0.0.0.0',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '169.254.169.254',
  '169.254.170.2',
  '[::1]',
  '[::]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fec0::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[2001:db8::1]',
  'localhost',
  'LOCALHOST.',
  'api.localhost',
]

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

describe('the base_url of an operator', () => {
  const read = (url: string, config: Partial<Parameters<typeof readBaseUrl>[1]> = {}) => {
    try {
      return readBaseUrl(url, { production: true, allowPrivateTargets: false, ...config })
    } catch (error) {
      const [refused] = error instanceof AppError ? (error.options.errors ?? []) : []
      if (refused?.text.key === 'url_host_written') {
        return `refused: ${refused.text.key} ${refused.text.params.host}`
      }
      if (refused) return `refused: ${refused.text.key}`
      throw error
    }
  }

  it.each(REFUSED_HOSTS)('is refused at %s', (host) => {
    expect(read(`https://${host}/api`)).toBe('refused: url_private')
    expect(read(`https://${host}:8443`)).toBe('refused: url_private')
  })

  it.each(['http:', 'ftp:', 'file:', 'gopher:', 'javascript:', 'data:', 'unix:'])(
    'is refused with %s',
    (scheme) => {
      expect(read(`${scheme}//api.operator.example`)).toMatch(/^refused: url/)
    },
  )

  it('is refused with a user name, a password, a query or a fragment, and if it is not a URL', () => {
    for (const url of [
      'https://a@api.operator.example',
      'https://api.operator.example:x@127.0.0.1',
      'https://api.operator.example?x',
      'https://api.operator.example#x',
      '//api.operator.example',
      'https://',
      'https://[fe80::1%25eth0]/',
      `https://${'a'.repeat(500)}.example`,
    ]) {
      expect([url, read(url)]).toEqual([url, expect.stringMatching(/^refused: url/)])
    }
  })

  it.each([
    ['https://api.operator.example\\@127.0.0.1', 'url_blanks'],
    ['https:\\\\api.operator.example', 'url_blanks'],
    ['https://api.operator.example\\.other.example', 'url_blanks'],
    [' https://api.operator.example', 'url_blanks'],
    ['https://api.operator.example\n', 'url_blanks'],
    ['ht\ntps://api.operator.example', 'url_blanks'],
    ['https://api.oper\tator.example', 'url_blanks'],
    ['https://api.operator.example/a b', 'url_blanks'],
    ['https://api.operator.example\u0000', 'url_blanks'],
    ['https://api.oper\u00adator.example', 'url_blanks'],
    ['https://api.oper\u200bator.example', 'url_blanks'],
    ['https://api.operator.example\u202e', 'url_blanks'],
    ['https://user@api.operator.example', 'url_user'],
    ['https://:@api.operator.example', 'url_user'],
    ['https://@api.operator.example', 'url_user'],
    ['https://xn--/', 'url_host'],
    ['https://xn--a/', 'url_host'],
    ['https://xn--0.example', 'url_host'],
    ['https://xn--abc-.example', 'url_host'],
    ['https://api..operator.example', 'url_host'],
    ['https://.operator.example', 'url_host'],
    ['https://api.operator.example.', 'url_host'],
    ['https://-api.operator.example', 'url_host'],
    ['https://api-.operator.example', 'url_host'],
    [`https://${'a'.repeat(64)}.example`, 'url_host'],
    [`https://${'a.'.repeat(130)}example`, 'url_host'],
    ['https://1.2.3.4.5', 'url_host'],
    ['https://api%2eoperator.example', 'url_host_written api.operator.example'],
    ['https://\uff41pi.operator.example', 'url_host_written api.operator.example'],
    ['https://\u043f\u0440\u0438\u043c\u0435\u0440.example', 'url_host_written xn--e1afmkfd.example'],
    ['https://api.operator.example:', 'url_port'],
    ['https://api.operator.example:0', 'url_port'],
    ['https://api.operator.example:00443', 'url_port'],
    ['https://api.operator.example:65536', 'url_port'],
    ['https://api.operator.example:+80', 'url_port'],
    ['https://api.operator.example:80:80', 'url_port'],
    ['https://api.operator.example/../admin', 'url_path'],
    ['https://api.operator.example/a/%2e%2e/admin', 'url_path'],
    ['https://api.operator.example/%zz', 'url_path'],
    ['https:api.operator.example', 'url'],
    ['https:/api.operator.example', 'url'],
    ['https:///api.operator.example', 'url'],
    ['https://:443', 'url'],
  ])('is refused as %j, which says why', (url, why) => {
    expect(read(url)).toBe(`refused: ${why}`)
    expect(read(url, { allowPrivateTargets: true, production: false })).toBe(`refused: ${why}`)
  })

  it.each([
    ['https://api.operator.example', 'https://api.operator.example'],
    ['HTTPS://API.Operator.example:443/', 'https://api.operator.example'],
    [
      'https://api.operator.example:8443/billing/api/v3//',
      'https://api.operator.example:8443/billing/api/v3',
    ],
    ['https://xn--e1afmkfd.xn--p1ai/x', 'https://xn--e1afmkfd.xn--p1ai/x'],
    ['https://93.184.216.34', 'https://93.184.216.34'],
    ['https://[2606:4700:0::1111]', 'https://[2606:4700::1111]'],
  ])('is taken as %s', (url, taken) => {
    expect(read(url)).toBe(taken)
  })

  it('is refused or leads where it says, whatever the text', () => {
    const part = fc.constantFrom(
      ...[
        'https:',
        'http:',
        '/',
        '//',
        '\\',
        '@',
        ':',
        '.',
        '..',
        '%2e',
        'xn--',
        'a',
        'api.operator.example',
      ],
      ...[
        '127.0.0.1',
        '443',
        '0',
        '?',
        '#',
        '[',
        ']',
        ' ',
        '\n',
        '\u00ad',
        '\u3002',
        '\uff0f',
        '-',
        '_',
        '\u00e9',
      ],
    )
    const texts = fc.array(part, { maxLength: 8 }).map((parts) => `https://${parts.join('')}`)
    const config = { production: false, allowPrivateTargets: true }
    fc.assert(
      fc.property(texts, (text) => {
        const taken = read(text, config) ?? ''
        if (taken.startsWith('refused: ')) return
        // As written, except for a default port and trailing slashes.
        const [, said = ''] = /^https:\/\/(.*?)\/*$/.exec(text) ?? []
        expect(taken.replace('https://', '')).toBe(said.replace(/^([^/]*?):443(?=\/|$)/, '$1'))
      }),
      { numRuns: 3000 },
    )
  })

  it('may be private with ALLOW_PRIVATE_TARGETS', () => {
    const config = { allowPrivateTargets: true }
    expect(read('https://127.0.0.1:8443/', config)).toBe('https://127.0.0.1:8443')
    expect(read('http://127.0.0.1:8443/x/', config)).toBe('http://127.0.0.1:8443/x')
  })
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
