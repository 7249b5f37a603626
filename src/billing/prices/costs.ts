import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../../audit/administration.ts'
import { author, type ClientContext } from '../../context.ts'
import { violatedConstraint } from '../../db/client.ts'
import { accountCosts, providerAccounts } from '../../db/schema/index.ts'
import { AppError, invalid } from '../../errors.ts'
import { once } from '../../idempotency/once.ts'
import { remember } from '../../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../../input/cursor.ts'
import { newId, parseId, publicId } from '../../values/ids.ts'
import { toAmount } from '../../values/money.ts'
import { toPage } from '../../values/pages.ts'
import { say } from '../../words/text.ts'
import type { CostView, CreateCostInput, UpdateCostInput } from './schemas.ts'

type Row = typeof accountCosts.$inferSelect

/** Adds what an operator charges for an account, for calls whose price it does not say itself. */
export function createCost(context: ClientContext, input: CreateCostInput): Promise<CostView> {
  return context.caches.changing(['costs'], () => once(context, () => addCost(context, input)))
}

async function addCost(context: ClientContext, input: CreateCostInput): Promise<CostView> {
  const { db } = context
  const { account, amount, valid_from: validFrom, ...rest } = input
  const accountId = parseId('account', account)
  const [known] = accountId
    ? await db.orm
        .select({ id: providerAccounts.id })
        .from(providerAccounts)
        .where(and(eq(providerAccounts.id, accountId), isNull(providerAccounts.deletedAt)))
    : []
  if (!known) throw invalid('account', 'account')
  const values = {
    ...rest,
    id: newId(),
    accountId: known.id,
    amountMicros: amount,
    validFrom: validFrom ?? (sql`now()` as unknown as Date),
  }
  return unique(() =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.insert(accountCosts).values(values).returning()
      const view = presentCost(row as Row)
      await recordAdministration(tx, null, author(context), 'cost.created', { cost: view })
      return remember(context, tx, view)
    }),
  )
}

/** The costs of every account, newest first. */
export async function listCosts({ db }: ClientContext, query: PageInput) {
  const after = afterCursor(query)
  const rows = await db.orm
    .select()
    .from(accountCosts)
    .where(and(isNull(accountCosts.deletedAt), after ? lt(accountCosts.id, after) : undefined))
    .orderBy(desc(accountCosts.id))
    .limit(query.limit + 1)
  return toPage(rows, query.limit, presentCost)
}

/** One of them. */
export async function getCost({ db }: ClientContext, input: { id: string }): Promise<CostView> {
  const [row] = await db.orm.select().from(accountCosts).where(existing(input.id))
  if (!row) throw unknownCost()
  return presentCost(row)
}

/** Changes what calls cost that end from now on. */
export async function updateCost(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateCostInput },
): Promise<CostView> {
  const { amount: amountMicros, valid_from: validFrom, ...rest } = changes
  const set = { ...rest, amountMicros, validFrom }
  if (Object.values(set).every((value) => value === undefined)) return getCost(context, { id })
  return context.caches.changing(['costs'], () =>
    unique(() =>
      context.db.orm.transaction(async (tx) => {
        const [found] = await tx.select().from(accountCosts).where(existing(id)).for('update')
        if (!found) throw unknownCost()
        const [row] = await tx.update(accountCosts).set(set).where(eq(accountCosts.id, found.id)).returning()
        const view = presentCost(row as Row)
        const data = { cost: view.id, changed: changedFields(presentCost(found), view) }
        await recordAdministration(tx, null, author(context), 'cost.updated', data)
        return view
      }),
    ),
  )
}

/** Takes a cost away. */
export async function deleteCost(context: ClientContext, { id }: { id: string }): Promise<void> {
  await context.caches.changing(['costs'], () =>
    context.db.orm.transaction(async (tx) => {
      const set = { deletedAt: sql`now()` }
      const [row] = await tx.update(accountCosts).set(set).where(existing(id)).returning()
      if (!row) throw unknownCost()
      await recordAdministration(tx, null, author(context), 'cost.deleted', {
        cost: publicId('cost', row.id),
      })
    }),
  )
}

function existing(id: string) {
  const parsed = parseId('cost', id)
  if (!parsed) throw unknownCost()
  return and(eq(accountCosts.id, parsed), isNull(accountCosts.deletedAt))
}

function unknownCost(): AppError {
  return new AppError('not_found', { detail: say('unknown_cost') })
}

async function unique<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refused = violatedConstraint(error) ?? violatedConstraint((error as Error).cause)
    if (refused !== 'account_costs_once') throw error
    throw new AppError('conflict', {
      detail: say('cost_taken'),
    })
  }
}

function presentCost(row: Row): CostView {
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
