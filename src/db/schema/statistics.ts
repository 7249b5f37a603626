import { bigint, boolean, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { tenants } from './tenants.ts'

/** How verifications are grouped; `total`: all in one group. */
export const DIMENSIONS = ['total', 'country', 'prefix', 'carrier', 'provider', 'channel'] as const

const owner = () => ({
  tenantId: uuid('tenant_id')
    .notNull()
    .references(() => tenants.id),
  livemode: boolean('livemode').notNull(),
})

/**
 * Counts of the verifications started in an hour, by dimension and key (empty: unknown). `erased`: of those whose
 * phones were erased, which can no longer be counted by every dimension.
 */
export const statistics = pgTable(
  'statistics',
  {
    ...owner(),
    dimension: text('dimension', { enum: DIMENSIONS }).notNull(),
    hour: instant('hour').notNull(),
    key: text('key').notNull(),
    erased: boolean('erased').notNull(),
    /** `started`, `approved`, `cost RUB`, … */
    names: text('names').array().notNull(),
    counts: bigint('counts', { mode: 'bigint' }).array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.livemode, t.dimension, t.hour, t.key, t.erased] })],
)

/** The hours that `statistics` covers, from `from_hour` to before `to_hour`. */
export const statisticsMarks = pgTable(
  'statistics_marks',
  {
    ...owner(),
    fromHour: instant('from_hour').notNull(),
    toHour: instant('to_hour').notNull(),
    /** Whether no verification is older. */
    complete: boolean('complete').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.livemode] })],
)

/** Hours in which something changed after they may have been counted; triggers write them. */
export const statisticsNews = pgTable(
  'statistics_news',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    ...owner(),
    hour: instant('hour').notNull(),
  },
  (t) => [index('statistics_news_owner').on(t.tenantId, t.livemode)],
)
