import type { Step } from '../channels/channels.ts'
import { author, type ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { refusalOf } from '../limits/refusal.ts'
import { requesterOf } from '../limits/requester.ts'
import type { Policy } from '../limits/schemas.ts'
import { label } from '../process/tracing.ts'
import { newId } from '../values/ids.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { parsePhone } from '../values/phone.ts'
import { say } from '../words/text.ts'
import { askHook } from './ask-hook.ts'
import type { Start } from './new-verification.ts'
import type { StartInput } from './schemas.ts'
import type { Started } from './start-group.ts'

/**
 * Starts a verification. When this resolves, it is committed and its first call is queued. Supersedes a live
 * verification of the same phone and requester. If the policy denies the start, throws an `AppError` that
 * names the `denied` verification.
 */
export async function start(context: ClientContext, input: StartInput) {
  const { verification, denied } = await once(context, () => submit(context, input))
  label({ verification: verification.id })
  if (denied) throw refusalOf(denied, { verification: verification.id })
  return verification
}

async function submit(context: ClientContext, input: StartInput): Promise<Started> {
  const { actor, config } = context
  const phone = parsePhone(input.phone, actor.defaultRegion)
  if (!phone) throw unreadablePhone(actor.defaultRegion)
  requireSandbox(actor.livemode, config.SANDBOX_URL)
  const { policy, hook } = await context.policies.of(actor.tenantId)
  const workflow = workflowOf(policy, input)
  const start: Start = {
    id: newId(),
    tenantId: actor.tenantId,
    livemode: actor.livemode,
    phone,
    steps: workflow ?? [{ channel: input.channel ?? 'flash_call', wait_seconds: 0 }],
    isWorkflow: workflow !== null,
    ttlSeconds: input.ttl_seconds,
    maxChecks: input.max_checks,
    locale: input.locale ?? null,
    reference: input.reference ?? null,
    clientIp: input.client_ip ?? null,
    requester: requesterOf(context.secrets, actor.tenantId, input),
    metadata: input.metadata ?? null,
    author: author(context),
    claim: context.claim ?? null,
    hook: null,
  }
  return context.starts.submit(hook ? await askHook(context, hook, start, input.device ?? null) : start)
}

type Steps = [Step, ...Step[]]

/** The workflow of the start, else the tenant's, unless the start names a channel. Throws 422 for a longer lifetime without one. */
function workflowOf(policy: Policy, input: StartInput): Steps | null {
  const workflow = input.workflow ?? (input.channel ? null : policy.default_workflow)
  const { max } = LIFETIME_SECONDS
  if (!workflow && input.ttl_seconds > max) throw invalid('ttl_seconds', 'ttl_needs_workflow', { max })
  return workflow as Steps | null
}

/** Throws 503 for a test call without a sandbox to place it. */
export function requireSandbox(livemode: boolean, sandboxUrl: string | undefined): void {
  if (livemode || sandboxUrl) return
  throw new AppError('unavailable', {
    detail: say('sandbox_missing'),
    retryAfterSeconds: 60,
  })
}

/** A 422 that says what a phone must look like; `region`: the country of national notation. */
export function unreadablePhone(region: string | null): AppError {
  return region ? invalid('phone', 'phone_here', { region }) : invalid('phone', 'phone')
}
