import type { SQL } from 'drizzle-orm'
import type { PgColumn, PgTable, PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { AdministeredKind } from '../audit/administration.ts'
import type { App, TenantActor } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import type { Text } from '../words/text.ts'

/** A kind of thing that administrators create, change and delete: what is its own, beside the five verbs. */
export type Resource<T extends ResourceTable, Row extends { id: string }, View extends object> = {
  /** Names ids and events. */
  kind: AdministeredKind
  table: T
  /** Columns that are read beside the table's own. */
  extra?: Record<string, SQL>
  /** Which rows the caller may know of; the others are unknown to it. Deleted rows are unknown to everyone. */
  visible?(actor: TenantActor): SQL | undefined
  /** Which of them the list shows; all by default. */
  listed?(actor: TenantActor): SQL
  /** Details of the 409, by unique index. */
  conflicts?: Record<string, Text>
  present(row: Row, app: App): View
  /** What the audit says of a new one. No secrets. */
  facts(view: View): Record<string, unknown>
  /** The tenant whose chain has the events; null (the default): the installation's. */
  chainOf?(row: Row): string | null
  /** Locks that come before the row's own. */
  lockFirst?(tx: OrmTx, row: Row): Promise<void>
  /** Throws where one may not end. */
  requireRemovable?(tx: OrmTx, row: Row): Promise<void>
  /** The event at its end. Rows with `deleted_at` (or `revoked_at`) stay; others are deleted. */
  removal?: 'deleted' | 'revoked'
}

export type ResourceTable = PgTable & { id: PgColumn; $inferSelect: { id: string } }

/** What a write adds to the answer (`answer`) and to the event (`noted`: names without secrets). */
export type Written<More extends object> = { answer?: More; noted?: Record<string, readonly string[]> }

/** What a change writes: the columns that are set, and `undefined` where one stays. */
export type Change<T extends ResourceTable, More extends object> = Written<More> & {
  set?: PgUpdateSetSource<T>
}
