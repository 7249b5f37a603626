import { onTestFinished } from 'vitest'
import { freePort } from '../setup/ports.ts'
import { scenario, startSipp } from '../setup/sip-peers.ts'

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
