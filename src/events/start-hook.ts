import type { Webhook } from 'standardwebhooks'
import type { Channel } from '../channels/channels.ts'
import type { Config } from '../process/config.ts'
import { createShares } from '../process/shares.ts'
import type { Secrets } from '../secrets.ts'
import { HookReply } from './schemas.ts'
import { type SealedSecrets, signedHeaders, signersOf } from './secret.ts'
import { type Answer, post } from './send.ts'

declare module '../context.ts' {
  interface App {
    startHooks: StartHooks
  }
}

/** A tenant's hook, as the policy has it, with its sealed secrets. */
export type StartHook = SealedSecrets & {
  tenantId: string
  url: string
  timeout_ms: number
  on_failure: 'allow' | 'deny'
}

/** What a hook is told of a start, in the contract's names. `channel`: of the first step. */
export type RequestedStart = {
  phone: string
  channel: Channel
  client_ip: string | null
  device: string | null
  reference: string | null
  metadata: Record<string, string> | null
  livemode: boolean
}

/**
 * What a hook decided. `failure`: why there was no valid answer, e.g. `TIMEOUT`, `HTTP_503`, `BUSY`; then `action` is
 * the hook's `on_failure`. `status`: of the HTTP answer, if one came.
 */
export type HookDecision = {
  action: 'allow' | 'deny'
  channel: Channel | null
  reason: string | null
  failure: string | null
  status: number | null
  milliseconds: number
}

export type StartHooks = {
  /** Asks a hook once, under this `webhook-id`. Never throws. */
  ask(hook: StartHook, webhookId: string, start: RequestedStart): Promise<HookDecision>
}

/** Asks in progress in one process: at most 64 of one tenant, fewer while others ask as well. */
const ASKS = 320
const ASKS_TIMES = 1 / 4
const BYTES_MAX = 4096

/** Binds the sealed secret of a hook to its tenant. */
export const hookSealContext = (tenantId: string) => `start hook ${tenantId}`

export function createStartHooks({ secrets, config }: { secrets: Secrets; config: Config }): StartHooks {
  const shares = createShares(ASKS, ASKS_TIMES)

  async function ask(hook: StartHook, webhookId: string, data: RequestedStart): Promise<HookDecision> {
    const at = new Date()
    let signers: Webhook[]
    try {
      signers = signersOf(secrets, hookSealContext(hook.tenantId), hook, at)
    } catch {
      return failed(hook, 'SECRET_UNREADABLE')
    }
    const body = JSON.stringify({ type: 'start.requested', timestamp: at.toISOString(), data })
    const answer = await post({
      url: hook.url,
      headers: signedHeaders(signers, webhookId, body),
      body,
      allowPrivateTargets: config.allowPrivateTargets,
      timeoutMs: hook.timeout_ms,
      bytesMax: BYTES_MAX + 1,
    })
    const reply = read(answer, signers, webhookId)
    if ('failure' in reply) return failed(hook, reply.failure, answer)
    const { status, milliseconds } = answer
    const { action, channel = null, reason = null } = reply
    return { action, channel, reason: reason?.trim() || null, failure: null, status, milliseconds }
  }

  return {
    async ask(hook, webhookId, start) {
      if (!shares.fits(hook.tenantId)) return failed(hook, 'BUSY')
      shares.add(hook.tenantId, 1)
      try {
        return await ask(hook, webhookId, start)
      } finally {
        shares.add(hook.tenantId, -1)
      }
    },
  }
}

const failed = (hook: StartHook, failure: string, answer?: Answer): HookDecision => ({
  action: hook.on_failure,
  channel: null,
  reason: null,
  failure,
  status: answer?.status ?? null,
  milliseconds: answer?.milliseconds ?? 0,
})

type Reply = HookReply | { failure: string }

/** A signed answer must be for this request, by one of the secrets that signed it. */
function read({ status, body, error, headers }: Answer, signers: readonly Webhook[], id: string): Reply {
  if (status === null || error !== null) return { failure: error ?? 'CONNECTION_FAILED' }
  if (status < 200 || status > 299) return { failure: `HTTP_${status}` }
  if (Buffer.byteLength(body) > BYTES_MAX) return { failure: 'TOO_LARGE' }
  const isSigned = headers['webhook-signature'] !== undefined
  if (isSigned && (headers['webhook-id'] !== id || !signers.some((one) => verifies(one, body, headers)))) {
    return { failure: 'WRONG_SIGNATURE' }
  }
  return readReply(body)
}

function verifies(signer: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    signer.verify(body, headers)
    return true
  } catch {
    return false
  }
}

/** Reads the body of a hook's answer. Ignores members that it does not know, and a byte-order mark. */
export function readReply(body: string): Reply {
  try {
    return HookReply.parse(JSON.parse(body.replace(/^\ufeff/, '')))
  } catch {
    return { failure: 'UNREADABLE' }
  }
}
