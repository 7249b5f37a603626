import { eq, isNull, or, sql } from 'drizzle-orm'
import type { ClientContext } from '../../context.ts'
import type { OrmTx } from '../../db/client.ts'
import { prices, tenants } from '../../db/schema/index.ts'
import { AppError, invalid } from '../../errors.ts'
import { administer } from '../../resources/administer.ts'
import { publicId } from '../../values/ids.ts'
import { say } from '../../words/text.ts'
import type { CreatePriceInput, PriceView, UpdatePriceInput } from './schemas.ts'
import { changedTariff, newTariff, ownFacts, presentTariff, type Succeeded } from './tariff-fields.ts'

const resource = administer({
  kind: 'price',
  table: prices,
  extra: {
    // The columns of `prices_once`, in its form.
    validUntil: sql`(
      select min(n.valid_from) from prices n
      where coalesce(n.tenant_id, '00000000-0000-0000-0000-000000000000')
          = coalesce(prices.tenant_id, '00000000-0000-0000-0000-000000000000')
        and n.channel = prices.channel and n.prefix = prices.prefix and n.currency = prices.currency
        and n.valid_from > prices.valid_from and n.deleted_at is null)`.mapWith(prices.validFrom),
  },
  visible: ({ tenantId }) => or(eq(prices.tenantId, tenantId), isNull(prices.tenantId)),
  conflicts: {
    prices_once: say('price_taken'),
  },
  present: presentPrice,
  facts: (price) => ({ price: ownFacts(price) }),
  audited: ownFacts,
  chainOf: (row) => row.tenantId,
})

/** Adds a price to the tenant's list, in its currency, or to the default list. It applies within a second. */
export function createPrice(context: ClientContext, input: CreatePriceInput): Promise<PriceView> {
  const { list, ...tariff } = input
  const tenantId = list === 'own' ? context.actor.tenantId : null
  return resource.create(context, async (tx, id) => {
    if (tenantId) await requireCurrency(tx, tenantId, tariff.currency)
    await tx.insert(prices).values({ ...newTariff(tariff), id, tenantId })
  })
}

async function requireCurrency(tx: OrmTx, tenantId: string, currency: string): Promise<void> {
  const [tenant] = await tx.select().from(tenants).where(eq(tenants.id, tenantId))
  if (!tenant) throw new AppError('not_found', { detail: say('unknown_tenant') })
  if (tenant.currency !== currency)
    throw invalid('currency', 'currency_of_tenant', { currency: tenant.currency })
}

/** The tenant's own prices and those of the default list, newest first. */
export const listPrices = resource.list

/** One price. */
export const getPrice = resource.get

/** Changes a price. Calls already queued keep theirs. */
export function updatePrice(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdatePriceInput },
): Promise<PriceView> {
  return resource.update(context, { id }, async () => ({ set: changedTariff(changes) }))
}

/** Deletes a price. Calls already queued keep it. */
export const deletePrice = resource.remove

function presentPrice(row: Succeeded<typeof prices.$inferSelect>): PriceView {
  return {
    id: publicId('price', row.id),
    list: row.tenantId ? 'own' : 'default',
    ...presentTariff(row),
  }
}
