import { sql } from 'drizzle-orm'
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core'
import * as conditions from '../conditions.ts'

export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** Instants are stored in whole milliseconds, so answers show exactly what is stored. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

export const id = () => uuid('id').primaryKey()

export const createdAt = () => instant('created_at').notNull().default(sql`now()`)

/** `status in (…)`, for check constraints and partial indexes. */
export const isOneOf = (column: string, values: readonly string[]) =>
  sql.raw(conditions.isOneOf(column, values))
