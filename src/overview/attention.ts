import type { ClientContext } from '../context.ts'
import type { Concern } from './concern.ts'
import { findAccountConcerns } from './concerns-accounts.ts'
import { findBalanceConcerns } from './concerns-balance.ts'
import { findDeliveryConcerns } from './concerns-delivery.ts'
import { findSetupConcerns } from './concerns-setup.ts'
import { findWaiting } from './concerns-waiting.ts'
import { findWebhookConcerns } from './concerns-webhooks.ts'

/**
 * The concerns that the caller's mode and scopes may see; those that prevent calls come first. Operators,
 * routes and keys of the installation are for `admin` in live mode: they do not affect test calls.
 */
export async function findConcerns(context: ClientContext): Promise<Concern[]> {
  const { livemode, scopes } = context.actor
  const [isAdmin, seesMoney] = [scopes.includes('admin'), scopes.includes('billing')]
  const found = await Promise.all([
    findWaiting(context),
    !livemode && !context.config.SANDBOX_URL ? [{ kind: 'no_sandbox' as const }] : [],
    livemode && isAdmin ? findSetupConcerns(context) : [],
    livemode && seesMoney ? findBalanceConcerns(context) : [],
    livemode ? findDeliveryConcerns(context) : [],
    findWebhookConcerns(context),
    livemode && isAdmin ? findAccountConcerns(context) : [],
  ])
  return found.flat()
}
