import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { readBaseUrl } from '../../src/routing/account-address.ts'
import { REFUSED_HOSTS } from './refused-hosts.ts'

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
