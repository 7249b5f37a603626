import { and, eq, isNull, sql } from 'drizzle-orm'
import type { ClientContext } from '../../context.ts'
import type { OrmTx } from '../../db/client.ts'
import { accountCosts, providerAccounts } from '../../db/schema/index.ts'
import { invalid } from '../../errors.ts'
import { administer } from '../../resources/administer.ts'
import { parseId, publicId } from '../../values/ids.ts'
import { toAmount } from '../../values/money.ts'
import { say } from '../../words/text.ts'
import type { CostView, CreateCostInput, UpdateCostInput } from './schemas.ts'

const resource = administer({
  kind: 'cost',
  table: accountCosts,
  conflicts: {
    account_costs_once: say('cost_taken'),
  },
  present: presentCost,
  facts: (cost) => ({ cost }),
})

/** Adds a cost of an account, for calls without a price from the operator. */
export function createCost(context: ClientContext, input: CreateCostInput): Promise<CostView> {
  const { account, amount: amountMicros, valid_from: validFrom, ...rest } = input
  return resource.create(context, async (tx, id) => {
    const accountId = await accountOf(tx, account)
    await tx
      .insert(accountCosts)
      .values({ ...rest, id, accountId, amountMicros, validFrom: validFrom ?? sql`now()` })
  })
}

async function accountOf(tx: OrmTx, account: string): Promise<string> {
  const accountId = parseId('account', account)
  const [known] = accountId
    ? await tx
        .select({ id: providerAccounts.id })
        .from(providerAccounts)
        .where(and(eq(providerAccounts.id, accountId), isNull(providerAccounts.deletedAt)))
    : []
  if (!known) throw invalid('account', 'account')
  return known.id
}

/** The costs of all accounts, newest first. */
export const listCosts = resource.list

/** One cost. */
export const getCost = resource.get

/** Changes a cost for calls that end from now on. */
export function updateCost(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateCostInput },
): Promise<CostView> {
  const { amount: amountMicros, valid_from: validFrom, ...rest } = changes
  return resource.update(context, { id }, async () => ({ set: { ...rest, amountMicros, validFrom } }))
}

/** Deletes a cost. */
export const deleteCost = resource.remove

function presentCost(row: typeof accountCosts.$inferSelect): CostView {
  return {
    id: publicId('cost', row.id),
    account: publicId('account', row.accountId),
    prefix: row.prefix,
    channel: row.channel,
    per: row.per,
    amount: toAmount(row.amountMicros),
    currency: row.currency,
    valid_from: row.validFrom.toISOString(),
    created_at: row.createdAt.toISOString(),
  }
}
