import type { ClientContext } from '../context.ts'
import type { Concern } from './concern.ts'
import { findAccountConcerns } from './concerns-accounts.ts'
import { findBalanceConcerns } from './concerns-balance.ts'
import { findDeliveryConcerns } from './concerns-delivery.ts'
import { findSetupConcerns } from './concerns-setup.ts'
import { findWaiting } from './concerns-waiting.ts'

/**
 * What needs somebody, of the mode and within the scopes of who asks; what keeps calls from being made at all comes first.
 * What is wrong with operators, routes and keys of the installation is for `admin`, in live mode: nothing of it concerns a test.
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
    livemode && isAdmin ? findAccountConcerns(context) : [],
  ])
  return found.flat()
}
