import { and, eq, isNull, sql } from 'drizzle-orm'
import type { ClientContext } from '../../context.ts'
import type { OrmTx } from '../../db/client.ts'
import { accountCosts, providerAccounts } from '../../db/schema/index.ts'
import { invalid } from '../../errors.ts'
import { administer } from '../../resources/administer.ts'
import { parseId, publicId } from '../../values/ids.ts'
import { say } from '../../words/text.ts'
import type { CostView, CreateCostInput, UpdateCostInput } from './schemas.ts'
import { changedTariff, newTariff, ownFacts, presentTariff, type Succeeded } from './tariff-fields.ts'

const resource = administer({
  kind: 'cost',
  table: accountCosts,
  extra: {
    validUntil: sql`(
      select min(n.valid_from) from account_costs n
      where n.account_id = account_costs.account_id and n.channel = account_costs.channel
        and n.prefix = account_costs.prefix and n.valid_from > account_costs.valid_from
        and n.deleted_at is null)`.mapWith(accountCosts.validFrom),
  },
  conflicts: {
    account_costs_once: say('cost_taken'),
  },
  present: presentCost,
  facts: (cost) => ({ cost: ownFacts(cost) }),
  audited: ownFacts,
})

/** Adds a cost of an account, for calls without a price from the operator. */
export function createCost(context: ClientContext, input: CreateCostInput): Promise<CostView> {
  const { account, ...tariff } = input
  return resource.create(context, async (tx, id) => {
    const accountId = await accountOf(tx, account)
    await tx.insert(accountCosts).values({ ...newTariff(tariff), id, accountId })
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
  return resource.update(context, { id }, async () => ({ set: changedTariff(changes) }))
}

/** Deletes a cost. */
export const deleteCost = resource.remove

function presentCost(row: Succeeded<typeof accountCosts.$inferSelect>): CostView {
  return {
    id: publicId('cost', row.id),
    account: publicId('account', row.accountId),
    ...presentTariff(row),
  }
}
