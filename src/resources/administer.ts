import { and, desc, eq, getTableColumns, isNull, lt, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { changedFields, recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext, type TenantActor } from '../context.ts'
import { type Db, type OrmTx, violatedConstraint } from '../db/client.ts'
import { AppError } from '../errors.ts'
import { once as onceFor } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { newId, parseId, publicId } from '../values/ids.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import type { Change, Resource, ResourceTable, Written } from './resource.ts'

type Event = 'created' | 'updated' | 'deleted' | 'revoked'

/**
 * The verbs of a resource. A write is one transaction with its administration event, and repeats of a
 * creation with one Idempotency-Key create once. Each throws 404 for an id that is malformed, unknown,
 * deleted or not visible to the caller.
 */
export function administer<T extends ResourceTable, Row extends { id: string }, View extends object>(
  resource: Resource<T, Row, View>,
) {
  const { kind, present, removal = 'deleted', conflicts = {}, audited = (view) => view } = resource
  const table: ResourceTable = resource.table
  const own: Record<string, PgColumn> = getTableColumns(table)
  const endedAt = own[`${removal}At`]
  const columns = { ...own, ...resource.extra }

  const visible = (actor: TenantActor) => and(endedAt && isNull(endedAt), resource.visible?.(actor))
  const unknown = () => new AppError('not_found', { detail: say(`unknown_${kind}`) })
  const rowOf = (rows: unknown[]): Row => {
    if (rows.length === 0) throw unknown()
    return rows[0] as Row
  }
  const existing = (actor: TenantActor, id: string) => {
    const uuid = parseId(kind, id)
    if (!uuid) throw unknown()
    return and(eq(table.id, uuid), visible(actor))
  }

  /** One row, not locked. */
  async function find(orm: Db['orm'] | OrmTx, actor: TenantActor, id: string): Promise<Row> {
    return rowOf(await orm.select(columns).from(table).where(existing(actor, id)))
  }

  /** One row, locked against other writes; rows that refer to it may still be inserted. */
  async function lock(tx: OrmTx, actor: TenantActor, id: string): Promise<Row> {
    await resource.lockFirst?.(tx, await find(tx, actor, id))
    const [held] = await tx
      .select({ id: table.id })
      .from(table)
      .where(existing(actor, id))
      .for('no key update')
    if (!held) throw unknown()
    // A separate statement: the one above may have waited for the lock, with an older view of other tables.
    return reread(tx, held.id as string)
  }

  async function reread(tx: OrmTx, id: string): Promise<Row> {
    return rowOf(await tx.select(columns).from(table).where(eq(table.id, id)))
  }

  /** Runs a write, and clears the caches made of the resource. */
  const clearing = <Result>({ caches }: ClientContext, write: () => Promise<Result>) =>
    caches.changing([`${kind}s`], write)

  /** Runs a creation once per Idempotency-Key. */
  const once = <Result>(context: ClientContext, run: () => Promise<Result>) =>
    clearing(context, () => onceFor(context, run))

  /** Runs a write in a transaction; a violated unique index is a 409. */
  async function transact<Result>(context: ClientContext, work: (tx: OrmTx) => Promise<Result>) {
    try {
      return await context.db.orm.transaction(work)
    } catch (error) {
      const refused = violatedConstraint(error) ?? violatedConstraint((error as Error).cause)
      const detail = refused === null ? undefined : conflicts[refused]
      if (detail === undefined) throw error
      throw new AppError('conflict', { detail })
    }
  }

  const change = <Result>(context: ClientContext, work: (tx: OrmTx) => Promise<Result>) =>
    clearing(context, () => transact(context, work))

  function record(tx: OrmTx, context: ClientContext, row: Row, event: Event, data: Record<string, unknown>) {
    const chain = resource.chainOf?.(row) ?? null
    return recordAdministration(tx, chain, author(context), `${kind}.${event}`, data)
  }

  /** Like `create`, for callers already inside `once` because they do something before the transaction. */
  function add<More extends object = object>(
    context: ClientContext,
    insert: (tx: OrmTx, id: string) => Promise<Written<More> | undefined>,
  ): Promise<View & More> {
    return transact(context, async (tx) => {
      const id = newId()
      const { answer, noted } = (await insert(tx, id)) ?? {}
      const row = await reread(tx, id)
      const view = present(row, context)
      await record(tx, context, row, 'created', { ...resource.facts(view), ...noted })
      return remember(context, tx, { ...view, ...(answer as More) })
    })
  }

  return {
    find,
    lock,
    add,
    once,

    /** Creates one: `insert` writes the row with that id. */
    create<More extends object = object>(
      context: ClientContext,
      insert: (tx: OrmTx, id: string) => Promise<Written<More> | undefined>,
    ): Promise<View & More> {
      return once(context, () => add(context, insert))
    },

    /** Newest first. */
    async list(context: ClientContext, query: PageInput) {
      const { db, actor } = context
      const after = afterCursor(query)
      const rows = await db.orm
        .select(columns)
        .from(table)
        .where(and(visible(actor), resource.listed?.(actor), after ? lt(table.id, after) : undefined))
        .orderBy(desc(table.id))
        .limit(query.limit + 1)
      return toPage(rows as unknown[] as Row[], query.limit, (row) => present(row, context))
    },

    async get(context: ClientContext, { id }: { id: string }): Promise<View> {
      return present(await find(context.db.orm, context.actor, id), context)
    },

    /** Changes one. A change that changes nothing writes no event. */
    update<More extends object = object>(
      context: ClientContext,
      input: { id: string },
      decide: (tx: OrmTx, row: Row) => Promise<Change<T, More>>,
    ): Promise<View & More> {
      return change(context, async (tx) => {
        const before = await lock(tx, context.actor, input.id)
        const { set = {}, answer, noted = {} } = await decide(tx, before)
        if (Object.values(set).some((value) => value !== undefined)) {
          await tx.update(table).set(set).where(eq(table.id, before.id))
        }
        const row = await reread(tx, before.id)
        const view = present(row, context)
        const changed = changedFields(audited(present(before, context)), audited(view))
        if ([changed, ...Object.values(noted)].some((names) => names.length > 0)) {
          await record(tx, context, row, 'updated', { [kind]: publicId(kind, row.id), changed, ...noted })
        }
        return { ...view, ...(answer as More) }
      })
    },

    remove(context: ClientContext, input: { id: string }): Promise<void> {
      return change(context, async (tx) => {
        const row = await lock(tx, context.actor, input.id)
        await resource.requireRemovable?.(tx, row)
        const isIt = eq(table.id, row.id)
        const set = { [`${removal}At`]: sql`now()` }
        await (endedAt ? tx.update(table).set(set).where(isIt) : tx.delete(table).where(isIt))
        const name = 'name' in row ? { name: row.name } : {}
        // The event is the only trace of a deleted row.
        const left = endedAt
          ? { [kind]: publicId(kind, row.id), ...name }
          : resource.facts(present(row, context))
        await record(tx, context, row, removal, left)
      })
    },
  }
}
