import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../../audit/administration.ts'
import { author, type ClientContext } from '../../context.ts'
import { violatedConstraint } from '../../db/client.ts'
import { prices, tenants } from '../../db/schema/index.ts'
import { AppError, invalid } from '../../errors.ts'
import { once } from '../../idempotency/once.ts'
import { remember } from '../../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../../input/cursor.ts'
import { newId, parseId, publicId } from '../../values/ids.ts'
import { toAmount } from '../../values/money.ts'
import { toPage } from '../../values/pages.ts'
import { say } from '../../words/text.ts'
import type { CreatePriceInput, PriceView, UpdatePriceInput } from './schemas.ts'

type Row = typeof prices.$inferSelect

/** Adds a price to the tenant's list, in its currency, or to the default list. Calls follow within a second. */
export function createPrice(context: ClientContext, input: CreatePriceInput): Promise<PriceView> {
  return context.caches.changing(['prices'], () => once(context, () => addPrice(context, input)))
}

async function addPrice(context: ClientContext, input: CreatePriceInput): Promise<PriceView> {
  const { db, actor } = context
  const { list, amount, valid_from: validFrom, ...rest } = input
  const tenantId = list === 'own' ? actor.tenantId : null
  if (tenantId) {
    const [tenant] = await db.orm.select().from(tenants).where(eq(tenants.id, tenantId))
    if (!tenant) throw new AppError('not_found', { detail: say('unknown_tenant') })
    const { currency } = tenant
    if (currency !== rest.currency) throw invalid('currency', 'currency_of_tenant', { currency })
  }
  const values = {
    ...rest,
    id: newId(),
    tenantId,
    amountMicros: amount,
    validFrom: validFrom ?? (sql`now()` as unknown as Date),
  }
  return unique(() =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.insert(prices).values(values).returning()
      const view = presentPrice(row as Row)
      await recordAdministration(tx, tenantId, author(context), 'price.created', { price: view })
      return remember(context, tx, view)
    }),
  )
}

/** The tenant's own prices and those of the default list, newest first. */
export async function listPrices({ db, actor }: ClientContext, query: PageInput) {
  const after = afterCursor(query)
  const rows = await db.orm
    .select()
    .from(prices)
    .where(and(visible(actor.tenantId), after ? lt(prices.id, after) : undefined))
    .orderBy(desc(prices.id))
    .limit(query.limit + 1)
  return toPage(rows, query.limit, presentPrice)
}

/** One price. */
export async function getPrice({ db, actor }: ClientContext, input: { id: string }): Promise<PriceView> {
  const [row] = await db.orm.select().from(prices).where(existing(actor.tenantId, input.id))
  if (!row) throw unknownPrice()
  return presentPrice(row)
}

/** Changes a price for calls from now on: those that are queued keep theirs. */
export async function updatePrice(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdatePriceInput },
): Promise<PriceView> {
  const { amount: amountMicros, valid_from: validFrom, ...rest } = changes
  const set = { ...rest, amountMicros, validFrom }
  if (Object.values(set).every((value) => value === undefined)) return getPrice(context, { id })
  const { db, actor } = context
  return context.caches.changing(['prices'], () =>
    unique(() =>
      db.orm.transaction(async (tx) => {
        const [found] = await tx.select().from(prices).where(existing(actor.tenantId, id)).for('update')
        if (!found) throw unknownPrice()
        const [row] = await tx.update(prices).set(set).where(eq(prices.id, found.id)).returning()
        const view = presentPrice(row as Row)
        const data = { price: view.id, changed: changedFields(presentPrice(found), view) }
        await recordAdministration(tx, found.tenantId, author(context), 'price.updated', data)
        return view
      }),
    ),
  )
}

/** Takes a price away. Calls that are queued keep it. */
export async function deletePrice(context: ClientContext, { id }: { id: string }): Promise<void> {
  const { db, actor } = context
  await context.caches.changing(['prices'], () =>
    db.orm.transaction(async (tx) => {
      const set = { deletedAt: sql`now()` }
      const [row] = await tx.update(prices).set(set).where(existing(actor.tenantId, id)).returning()
      if (!row) throw unknownPrice()
      const data = { price: publicId('price', row.id) }
      await recordAdministration(tx, row.tenantId, author(context), 'price.deleted', data)
    }),
  )
}

const visible = (tenantId: string) =>
  and(isNull(prices.deletedAt), or(eq(prices.tenantId, tenantId), isNull(prices.tenantId)))

function existing(tenantId: string, id: string) {
  const parsed = parseId('price', id)
  if (!parsed) throw unknownPrice()
  return and(eq(prices.id, parsed), visible(tenantId))
}

function unknownPrice(): AppError {
  return new AppError('not_found', { detail: say('unknown_price') })
}

async function unique<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refused = violatedConstraint(error) ?? violatedConstraint((error as Error).cause)
    if (refused !== 'prices_once') throw error
    throw new AppError('conflict', {
      detail: say('price_taken'),
    })
  }
}

function presentPrice(row: Row): PriceView {
  return {
    id: publicId('price', row.id),
    list: row.tenantId ? 'own' : 'default',
    prefix: row.prefix,
    channel: row.channel,
    per: row.per,
    amount: toAmount(row.amountMicros),
    currency: row.currency,
    valid_from: row.validFrom.toISOString(),
    created_at: row.createdAt.toISOString(),
  }
}
