import { requireLive } from '../access/livemode.ts'
import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { newId, publicId } from '../values/ids.ts'
import { AMOUNT_MAX_MICROS, toAmount, toMoney } from '../values/money.ts'
import { say } from '../words/text.ts'
import { balanceOf } from './balance.ts'
import { lockFunds } from './funds.ts'
import { type LedgerAccount, newPosting, savePostings } from './posting.ts'
import type { AdjustmentInput, LedgerTransactionView, TopUpInput } from './schemas.ts'

/** Tops up the tenant's balance. */
export function topUp(context: ClientContext, input: TopUpInput): Promise<LedgerTransactionView> {
  const { amount, currency, reference } = input
  const movement: Movement = { from: 'top_ups', amount, currency, reason: null, reference }
  return once(context, () => post(context, 'topup', movement))
}

/** Corrects the tenant's balance. The statement shows the reason. */
export function adjust(context: ClientContext, input: AdjustmentInput): Promise<LedgerTransactionView> {
  const { direction, amount, ...rest } = input
  const signed = direction === 'credit' ? amount : -amount
  return once(context, () => post(context, 'adjustment', { ...rest, from: 'adjustments', amount: signed }))
}

type Movement = {
  from: LedgerAccount
  amount: bigint
  currency: string
  reason: string | null
  reference: string | null
}

async function post(
  context: ClientContext,
  kind: 'topup' | 'adjustment',
  { from, amount, currency, reason, reference }: Movement,
): Promise<LedgerTransactionView> {
  const { db, actor } = context
  requireLive(actor)
  const { tenantId } = actor
  return db.sql.begin(async (tx) => {
    const funds = (await lockFunds(tx, [tenantId])).get(tenantId)
    const id = newId()
    // Read behind the lock: deleting a tenant locks its funds and finds them empty, so no posting may follow.
    const [tenant] = await tx`select id from tenants where id = ${tenantId} and deleted_at is null`
    if (!tenant || !funds) throw new AppError('not_found', { detail: say('unknown_tenant') })
    if (funds.currency !== currency) {
      throw invalid('currency', 'currency_of_tenant', { currency: funds.currency })
    }
    const after = funds.availableMicros + amount
    if (after > AMOUNT_MAX_MICROS || after < -AMOUNT_MAX_MICROS) {
      throw invalid('amount', 'amount_exceeds_balance')
    }
    const [clock] = await tx<{ now: Date }[]>`select now() as now`
    const at = clock?.now as Date
    const by = author(context)
    const common = { ownerId: tenantId, from, to: 'funds', amountMicros: amount, currency, kind, at } as const
    await savePostings(tx, [newPosting({ ...common, actor: by.actor }, { id, tenantId, reason, reference })])
    const data = { ledger: publicId('ledger', id), ...toMoney(amount, currency), reason }
    await appendTenantEvents(tx, tenantId, by, [{ type: `billing.${kind}`, data }])
    return remember(context, tx, {
      id: publicId('ledger', id),
      kind,
      at: at.toISOString(),
      amount: toAmount(amount),
      currency,
      reason,
      reference,
      balance: await balanceOf(tx, tenantId),
    })
  })
}
