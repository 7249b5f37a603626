import { getBalance } from '../../billing/balance.ts'
import {
  AdjustmentInput,
  BalanceView,
  LedgerTransactionView,
  TopUpInput,
} from '../../billing/balance-schemas.ts'
import { adjust, topUp } from '../../billing/post-by-hand.ts'
import type { Mount } from '../route.ts'

const tag = 'Billing'

/** A tenant's money. */
export function billingRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/billing/balance',
      tag,
      operationId: 'getBalance',
      summary: 'What there is to pay for calls',
      description: 'Test mode has no money: with a test key, all is zero.',
      scope: 'billing',
      answers: { 200: { description: 'The balance.', schema: BalanceView } },
    },
    async (context) => ({ status: 200, body: await getBalance(context) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/billing/topups',
      tag,
      operationId: 'topUp',
      summary: 'Add money to a balance',
      description: 'Of your own tenant, or of the one in `Ringproof-Tenant`, in its currency.',
      scope: 'admin',
      body: TopUpInput,
      answers: { 201: { description: 'Added.', schema: LedgerTransactionView } },
    },
    async (context, { body }) => ({ status: 201, body: await topUp(context, body) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/billing/adjustments',
      tag,
      operationId: 'adjustBalance',
      summary: 'Correct a balance',
      description: 'Entries are never changed: what was wrong is corrected by a further one, with a reason.',
      scope: 'admin',
      body: AdjustmentInput,
      answers: { 201: { description: 'Posted.', schema: LedgerTransactionView } },
    },
    async (context, { body }) => ({ status: 201, body: await adjust(context, body) }),
  )
}
