import type { SQL } from 'drizzle-orm'
import type { PgColumn, PgTable, PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { AdministeredKind } from '../audit/administration.ts'
import type { App, TenantActor } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import type { Text } from '../words/text.ts'

/** What is specific to one kind of resource; `administer` adds the five verbs. */
export type Resource<T extends ResourceTable, Row extends { id: string }, View extends object> = {
  /** Names ids and events. */
  kind: AdministeredKind
  table: T
  /** Columns read in addition to the table's own. */
  extra?: Record<string, SQL>
  /** The rows the caller may see; any other is a 404. Deleted rows are a 404 for everyone. */
  visible?(actor: TenantActor): SQL | undefined
  /** Limits the list to some of the visible rows; all by default. */
  listed?(actor: TenantActor): SQL
  /** Details of the 409, by unique index. */
  conflicts?: Record<string, Text>
  present(row: Row, app: App): View
  /** Data of the `created` event; no secrets. */
  facts(view: View): Record<string, unknown>
  /** What the events of a change may show of a view; all by default. */
  audited?(view: View): object
  /** The tenant whose audit chain gets the events; null (the default) for the installation's. */
  chainOf?(row: Row): string | null
  /** Takes the locks that come before the row's own. */
  lockFirst?(tx: OrmTx, row: Row): Promise<void>
  /** Throws if the row must not be removed. */
  requireRemovable?(tx: OrmTx, row: Row): Promise<void>
  /**
   * Names the event, and the column (`deleted_at`, `revoked_at`) that marks a removed row. Without that
   * column, rows are deleted.
   */
  removal?: 'deleted' | 'revoked'
}

export type ResourceTable = PgTable & { id: PgColumn; $inferSelect: { id: string } }

/** `answer`: members to add to the answer; `noted`: names to add to the event, without secrets. */
export type Written<More extends object> = { answer?: More; noted?: Record<string, readonly string[]> }

/** `set`: the columns to write; `undefined` leaves one as it is. */
export type Change<T extends ResourceTable, More extends object> = Written<More> & {
  set?: PgUpdateSetSource<T>
}
