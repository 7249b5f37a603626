import { author, type ClientContext } from '../context.ts'
import { violatedConstraint } from '../db/client.ts'
import { AppError, invalid } from '../errors.ts'
import { newId, publicId } from '../ids.ts'
import { refusalOf } from '../limits/refusal.ts'
import { requesterOf } from '../limits/requester.ts'
import { parsePhone } from '../phone.ts'
import { presentVerification } from './present.ts'
import { readVerification } from './read.ts'
import type { StartInput } from './schemas.ts'

/**
 * Starts a verification: committed, with its first call queued, when this resolves. Supersedes a live one of the
 * same requester for the phone; one with the context's `resourceId` that exists is answered as it is. What the policy denies is an `AppError` that
 * names the `denied` verification.
 */
export async function start(context: ClientContext, input: StartInput) {
  const { actor, config } = context
  const phone = parsePhone(input.phone, actor.defaultRegion)
  if (!phone) throw invalid('phone', phoneHelp(actor.defaultRegion))
  requireSandbox(actor.livemode, config.SANDBOX_URL)
  const submit = (id: string) =>
    context.starts.submit({
      id,
      tenantId: actor.tenantId,
      livemode: actor.livemode,
      phone,
      channel: input.channel,
      ttlSeconds: input.ttl_seconds,
      maxChecks: input.max_checks,
      reference: input.reference ?? null,
      clientIp: input.client_ip ?? null,
      requester: requesterOf(context.secrets, actor.tenantId, input),
      metadata: input.metadata ?? null,
      author: author(context),
    })
  const { verification, denied } = await submit(context.resourceId ?? newId()).catch(async (error) => {
    if (violatedConstraint(error) !== 'verifications_pkey') throw error
    // An earlier run made it, and its answer was lost. A refusal costs nothing, and is judged again.
    const made = await readVerification(context, context.resourceId ?? '')
    return made.status === 'denied' ? submit(newId()) : { verification: made, denied: null }
  })
  if (denied) throw refusalOf(denied, { verification: publicId('verification', verification.id) })
  return presentVerification(verification)
}

/** A test key's calls have nowhere to go without the sandbox: 503. */
export function requireSandbox(livemode: boolean, sandboxUrl: string | undefined): void {
  if (livemode || sandboxUrl) return
  throw new AppError('unavailable', {
    detail: 'Test keys call through the sandbox, and SANDBOX_URL names none.',
    retryAfterSeconds: 60,
  })
}

/** What a phone must look like. */
export function phoneHelp(region: string | null): string {
  const national = region ? ` or in the national notation of ${region}` : ''
  return `must be a number that can exist, in E.164 (+79243555100)${national}`
}
