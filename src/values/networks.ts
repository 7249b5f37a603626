import ipaddr from 'ipaddr.js'

/** A network that an address counts toward. Its limit is `factor` times the limit for one address. */
export type Network = { name: string; factor: number }

/** A household gets a /64 or a /56, a site a /48. Each counts, the larger ones against larger limits. */
const IPV6_NETWORKS = [
  { bits: 64, factor: 1 },
  { bits: 56, factor: 4 },
  { bits: 48, factor: 16 },
]

/**
 * The networks that an address counts toward, smallest first. IPv4: the address itself; IPv6: its /64, /56
 * and /48.
 */
export function networksOf(address: string): [Network, ...Network[]] {
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return [{ name: parsed.toString(), factor: 1 }]
  const { parts } = parsed as ipaddr.IPv6
  return IPV6_NETWORKS.map(({ bits, factor }) => ({ name: networkName(parts, bits), factor })) as [
    Network,
    ...Network[],
  ]
}

function networkName(parts: readonly number[], bits: number): string {
  const masked = parts.map((part, i) => {
    const kept = Math.min(16, Math.max(0, bits - 16 * i))
    return part & (0xffff << (16 - kept)) & 0xffff
  })
  return `${new ipaddr.IPv6(masked)}/${bits}`
}
