import { describe, expect, it } from 'vitest'
import { isAllowed, readNetwork } from '../../src/access/key-networks.ts'

describe('a network', () => {
  it('is stored in canonical form', () => {
    expect(readNetwork('10.1.2.3/8')).toBe('10.0.0.0/8')
    expect(readNetwork('192.0.2.7')).toBe('192.0.2.7/32')
    expect(readNetwork('2001:DB8:0:0::1/32')).toBe('2001:db8::/32')
    expect(readNetwork('::1')).toBe('::1/128')
    expect(readNetwork('0.0.0.0/0')).toBe('0.0.0.0/0')
  })

  it('is refused in ambiguous notations', () => {
    for (const text of [
      '10.0.0/8',
      '0x0a.0.0.1',
      '010.0.0.1',
      '1',
      '10.0.0.0/08',
      '10.0.0.0/',
      '/8',
      '::1/129',
      '1.2.3.4/33',
    ]) {
      expect([text, readNetwork(text)]).toEqual([text, null])
    }
  })
})

describe('an address', () => {
  it('is allowed if no network is named', () => {
    expect(isAllowed([], null)).toBe(true)
  })

  it('is the same in IPv4 and IPv4-mapped IPv6, on both sides', () => {
    expect(isAllowed(['192.0.2.0/24'], '::ffff:192.0.2.9')).toBe(true)
    expect(isAllowed(['::ffff:192.0.2.0/120'], '192.0.2.9')).toBe(true)
    expect(isAllowed(['::ffff:192.0.2.0/120'], '192.0.3.9')).toBe(false)
  })

  it('of one family is in no network of the other', () => {
    expect(isAllowed(['::/0'], '192.0.2.9')).toBe(false)
    expect(isAllowed(['0.0.0.0/0'], '2001:db8::1')).toBe(false)
  })

  it('that is unknown is in no network', () => {
    expect(isAllowed(['0.0.0.0/0', '::/0'], null)).toBe(false)
    expect(isAllowed(['0.0.0.0/0'], 'unknown')).toBe(false)
  })
})
