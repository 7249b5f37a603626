import { describe, expect, it } from 'vitest'
import { clientAddress, readTrust } from '../../src/http/client-address.ts'

const of = (trust: string | undefined, socket: string | undefined, forwarded?: string) =>
  clientAddress(readTrust(trust), socket, forwarded)

describe('the address of a client', () => {
  it('is the socket’s if no proxy is trusted, whatever the header says', () => {
    expect(of(undefined, '192.0.2.1', '10.0.0.1')).toBe('192.0.2.1')
    expect(of('0', '192.0.2.1', '10.0.0.1')).toBe('192.0.2.1')
    expect(of(undefined, '::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(of(undefined, undefined, '10.0.0.1')).toBeNull()
  })

  it('is counted from the end by the number of proxies', () => {
    expect(of('1', '10.0.0.1', '6.6.6.6, 203.0.113.7')).toBe('203.0.113.7')
    expect(of('2', '10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
    expect(of('3', '10.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(of('1', '10.0.0.1')).toBe('10.0.0.1')
  })

  it('is the last entry outside the trusted networks', () => {
    const trusted = '10.0.0.0/8, 2001:db8::/32,192.0.2.1'
    expect(of(trusted, '10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
    expect(of(trusted, '192.0.2.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(of(trusted, '203.0.113.9', '10.0.0.1')).toBe('203.0.113.9')
    expect(of(trusted, '::ffff:10.0.0.1', '2001:db8::5, 2001:db8::6')).toBe('2001:db8::5')
  })

  it('may be written with a port or in brackets', () => {
    expect(of('1', '10.0.0.1', '203.0.113.7:51234')).toBe('203.0.113.7')
    expect(of('1', '10.0.0.1', '[2001:db8::5]:443')).toBe('2001:db8::5')
    expect(of('1', '10.0.0.1', '[2001:db8::5]')).toBe('2001:db8::5')
  })

  it('is unknown if the entry that counts is not an address', () => {
    for (const entry of ['unknown', '', '999.1.1.1', '_hidden', '<script>']) {
      expect([entry, of('1', '10.0.0.1', entry)]).toEqual([entry, null])
    }
  })
})
