import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** How far `X-Forwarded-For` is believed: as many proxies, or the proxies in these networks. */
export type Trust = { hops: number } | { networks: [Address, number][] }

/** Reads TRUST_PROXY: a number of proxies, or a list of their networks; absent, no proxy is trusted. */
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
 * The address that a request comes from, IPv4-mapped ones as IPv4; null where nobody can tell.
 * Each proxy appends the address of its own peer, so that the list is read from its end.
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

/** Proxies write ports behind addresses, and brackets around IPv6. */
function parse(text: string | undefined): Address | null {
  const bare = text?.trim().replace(/^\[([^\]]*)\](:\d+)?$/, '$1') ?? ''
  const address = /^[\d.]+:\d+$/.test(bare) ? bare.slice(0, bare.indexOf(':')) : bare
  return ipaddr.isValid(address) ? ipaddr.process(address) : null
}
