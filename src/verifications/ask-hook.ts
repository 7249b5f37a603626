import type { ClientContext } from '../context.ts'
import type { StartHook } from '../events/start-hook.ts'
import { publicId } from '../values/ids.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import type { Start } from './new-verification.ts'

/**
 * Asks the hook about a start, outside of any transaction, and returns the start as decided. Another channel replaces
 * the one asked about, and a workflow; not at a door, whose method names the channel.
 */
export async function askHook(
  { startHooks }: Pick<ClientContext, 'startHooks'>,
  hook: StartHook,
  start: Start,
  device: string | null,
): Promise<Start> {
  const [{ channel: first }] = start.steps
  const decided = await startHooks.ask(hook, publicId('verification', start.id), {
    phone: start.phone.e164,
    channel: first,
    client_ip: start.clientIp,
    device,
    reference: start.reference,
    // A door's own metadata is not the client's.
    metadata: start.door ? null : start.metadata,
    livemode: start.livemode,
  })
  const isKept = decided.action === 'deny' || decided.channel === first || start.door !== undefined
  const channel = isKept ? null : decided.channel
  const asked = { ...start, hook: { ...decided, channel } }
  if (!channel) return asked
  return {
    ...asked,
    steps: [{ channel, wait_seconds: 0 }],
    isWorkflow: false,
    ttlSeconds: Math.min(start.ttlSeconds, LIFETIME_SECONDS.max),
  }
}
