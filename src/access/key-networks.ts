import ipaddr from 'ipaddr.js'

/** The canonical form of a network in CIDR notation or of a single address; null for other text. */
export function readNetwork(text: string): string | null {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || !isStrictAddress(address)) return null
  const parsed = ipaddr.parse(address)
  const most = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return `${parsed}/${most}`
  if (!/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > most) return null
  const first =
    parsed.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(text)
      : ipaddr.IPv6.networkAddressFromCIDR(text)
  return `${first}/${bits}`
}

/** Rejects octal, hexadecimal and shortened IPv4: programs read them differently. */
function isStrictAddress(address: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(address) || (address.includes(':') && ipaddr.IPv6.isValid(address))
  )
}

/**
 * Whether an address may use a key. Without networks, any may. An IPv4-mapped IPv6 address equals its IPv4
 * address, on both sides. An unknown address (`null`) is in no network.
 */
export function isAllowed(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true
  if (address === null || !ipaddr.isValid(address)) return false
  const client = ipaddr.process(address)
  return networks.some((network) => {
    const [base, bits] = unmapped(ipaddr.parseCIDR(network))
    return base.kind() === client.kind() && client.match(base, bits)
  })
}

type Cidr = [ipaddr.IPv4 | ipaddr.IPv6, number]

function unmapped([base, bits]: Cidr): Cidr {
  const isMapped = base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= 96
  return isMapped ? [base.toIPv4Address(), bits - 96] : [base, bits]
}
