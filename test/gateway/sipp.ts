import { onTestFinished } from 'vitest'
import { freePort } from '../setup/ports.ts'
import { scenario, startSipp } from '../setup/sip-peers.ts'

/** Steps of a trunk that rings and then hears our CANCEL. */
export const RINGS = ['recv INVITE', '100 Trying', '180 Ringing'] as const
export const CANCELLED = ['recv CANCEL', '200 OK', 'invite 487 Request Terminated', 'recv ACK'] as const
export const HUNG_UP = ['recv ACK', 'recv BYE', '200 OK\ntag='] as const

/** A trunk on 127.0.0.2 that does these steps with every call; `settings`: how the gateway reaches it. */
export async function trunkThat(
  steps: readonly string[],
  { transport = 'udp', more = [] }: { transport?: 'udp' | 'tcp'; more?: string[] } = {},
) {
  const place = { address: '127.0.0.2', port: await freePort(), transport }
  const trunk = await startSipp(scenario(...steps), place, more)
  onTestFinished(() => trunk.stop())
  return { ...trunk, settings: { server: place.address, port: place.port, transport } }
}
