import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The target is private, loopback, link-local or otherwise not on the public internet. */
class TargetRefused extends Error {
  readonly code = 'TARGET_REFUSED'
  override name = 'TargetRefused'
}

/**
 * All public unicast addresses of IPv6 (RFC 4291). Excludes, among others, IPv4 addresses in the old,
 * deprecated notation.
 */
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an IP address is plain public unicast, with IPv4-mapped addresses unwrapped. False for anything
 * unreadable.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(...PUBLIC_IPV6)
}

/** Whether a URL's host is an IP address that is not public. Names are checked when they are resolved. */
export function isRefusedLiteral(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) !== 0 && !isPublicAddress(address)
}

/**
 * Lookups in progress. Connections that need the same name share one: only two threads of libuv look names up, and a
 * name server that does not answer would hold both as soon as two connections wait for it.
 */
const inProgress = new Map<string, Promise<LookupAddress[]>>()

function lookUp(hostname: string, options: LookupOptions): Promise<LookupAddress[]> {
  const name = `${hostname} ${options.family} ${options.hints}`
  const known = inProgress.get(name)
  if (known) return known
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress[]>()
  inProgress.set(name, promise)
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    inProgress.delete(name)
    if (error) reject(error)
    else resolve(addresses)
  })
  return promise
}

/**
 * Resolves a name to its public addresses only. As the socket's own `lookup` it guarantees that the socket
 * connects to the checked address, whatever the name server answers the next time.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, options).then(
    (addresses) => {
      const allowed = addresses.filter(({ address }) => isPublicAddress(address))
      const [first] = allowed
      if (!first) return callback(new TargetRefused('no public address'), '', 0)
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family)
    },
    (error) => callback(error, '', 0),
  )
}
