import ipaddr from 'ipaddr.js'

/** The canonical form of a network in CIDR notation, or of a single address; null for anything else. */
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

/** Octal, hexadecimal and shortened IPv4 mean different things to different programs. */
function isStrictAddress(address: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(address) || (address.includes(':') && ipaddr.IPv6.isValid(address))
  )
}

/**
 * Whether an address may use a key; no networks: any address may. IPv4 and IPv4-mapped IPv6 are the same address, on both
 * sides. `null` (unknown) is in no network.
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
