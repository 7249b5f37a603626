import { isIPv4 } from 'node:net'

/** Where a trunk is: `sip:trunk.example.net:5060;transport=udp`. Without a port, SRV records of the name decide. */
export type TrunkAddress = { server: string; port?: number; transport: 'udp' | 'tcp' }

const ADDRESS = /^sip:([a-z0-9.-]{1,253})(?::([1-9]\d{0,4}))?(?:;transport=(udp|tcp))?$/i
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Reads the address of a trunk; null if it is none. Names and IPv4 addresses only. */
export function readTrunkAddress(text: string): TrunkAddress | null {
  const [, host = '', port, transport = 'udp'] = ADDRESS.exec(text) ?? []
  const server = host.toLowerCase()
  if (!isIPv4(server) && !isName(server)) return null
  if (port !== undefined && Number(port) > 65_535) return null
  return {
    server,
    ...(port !== undefined && { port: Number(port) }),
    transport: transport.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
  }
}

export const writeTrunkAddress = ({ server, port, transport }: TrunkAddress): string =>
  `sip:${server}${port === undefined ? '' : `:${port}`};transport=${transport}`

/** Its last label is not a number: `0x7f.1` and `2130706433` are other notations of addresses. */
function isName(server: string): boolean {
  const labels = server.replace(/\.$/, '').split('.')
  return labels.every((label) => LABEL.test(label)) && !/^(\d|0x)/.test(labels.at(-1) ?? '')
}
