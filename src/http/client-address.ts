import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** How far to trust `X-Forwarded-For`: this many proxies, or the proxies in these networks. */
export type Trust = { hops: number } | { networks: [Address, number][] }

/** Reads TRUST_PROXY: a number of proxies or a list of their networks. Trusts no proxy if it is unset. */
export function readTrust(value: string | undefined): Trust {
  if (value === undefined) return { hops: 0 }
  if (/^\d+$/.test(value)) return { hops: Number(value) }
  return { networks: value.split(',').map((part) => readNetwork(part.trim())) }
}

function readNetwork(text: string): [Address, number] {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/**
 * The client's address, with IPv4-mapped IPv6 as IPv4; null if it cannot be determined.
 * Each proxy appends the address of its peer, so the list is read from the end.
 */
export function clientAddress(
  trust: Trust,
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
): string | null {
  const claimed = forwardedFor?.split(',').reverse() ?? []
  const chain = [socketAddress, ...claimed]
  for (const [hop, text] of chain.entries()) {
    const address = parse(text)
    if (!address) return null
    const isProxy =
      'hops' in trust ? hop < trust.hops : trust.networks.some((network) => isWithin(address, network))
    if (!isProxy || hop === chain.length - 1) return address.toString()
  }
  return null
}

function isWithin(address: Address, [base, bits]: [Address, number]): boolean {
  return address.kind() === base.kind() && address.match(base, bits)
}

/** Accepts what proxies write: a port after the address, brackets around IPv6. */
function parse(text: string | undefined): Address | null {
  const bare = text?.trim().replace(/^\[([^\]]*)\](:\d+)?$/, '$1') ?? ''
  const address = /^[\d.]+:\d+$/.test(bare) ? bare.slice(0, bare.indexOf(':')) : bare
  return ipaddr.isValid(address) ? ipaddr.process(address) : null
}
