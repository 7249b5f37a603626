import type { ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { parsePhone } from '../phone.ts'
import { handsetCalls } from '../sandbox/client.ts'
import { sandboxSeed } from '../tenants/sandbox-seed.ts'
import { requireSandbox } from '../verifications/start.ts'

/** What the simulated handsets saw of the tenant's test calls, newest first. The number that rang ends with the code. */
export async function sandboxCalls(context: ClientContext, input: { phone?: string | undefined }) {
  const { actor, config, secrets } = context
  if (actor.livemode) {
    throw new AppError('insufficient_scope', { detail: 'The sandbox answers to test keys only.' })
  }
  requireSandbox(actor.livemode, config.SANDBOX_URL)
  const phone = input.phone === undefined ? null : parsePhone(input.phone, actor.defaultRegion)
  if (input.phone !== undefined && !phone) throw invalid('phone', 'must be a number that can exist')
  const seed = sandboxSeed(secrets, actor.tenantId)
  const data = await handsetCalls(config.SANDBOX_URL ?? '', seed, phone?.e164 ?? null)
  if (!data)
    throw new AppError('unavailable', { detail: 'The sandbox does not answer.', retryAfterSeconds: 2 })
  return { data }
}
