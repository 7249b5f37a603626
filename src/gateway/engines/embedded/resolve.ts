import { lookup, resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isPublicAddress } from '../../../process/targets.ts'
import type { TrunkSettings } from '../../schemas.ts'
import type { Target } from './wire.ts'

const DEFAULT_PORT = 5060

/**
 * The trunk’s addresses, best first: `server` with its port, else its SRV records (RFC 3263), else port 5060.
 * IPv4 only. Empty if the name is unknown, or leads to private addresses alone where these are not allowed.
 */
export async function resolveTrunk(settings: TrunkSettings, allowPrivate: boolean): Promise<Target[]> {
  const { server, transport } = settings
  const places = settings.port
    ? [{ name: server, port: settings.port }]
    : await servicesOf(server, transport).then((found) => [...found, { name: server, port: DEFAULT_PORT }])
  for (const { name, port } of places) {
    const addresses = await addressesOf(name)
    const usable = addresses.filter((address) => allowPrivate || isPublicAddress(address))
    if (usable.length > 0) return usable.map((address) => ({ transport, address, port }))
  }
  return []
}

async function servicesOf(server: string, transport: string): Promise<{ name: string; port: number }[]> {
  if (isIP(server)) return []
  const records = await resolveSrv(`_sip._${transport}.${server}`).catch(() => [])
  return records.sort((a, b) => a.priority - b.priority || b.weight - a.weight)
}

/**
 * A lookup holds one of four threads until the name servers answer or time out, and the journal needs these threads:
 * so one at a time.
 */
let lookups: Promise<unknown> = Promise.resolve()

async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name)) return [name]
  const found = lookups.then(() => lookup(name, { all: true, family: 4 }).catch(() => []))
  lookups = found
  return (await found).map(({ address }) => address)
}
