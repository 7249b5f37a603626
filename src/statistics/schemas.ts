import { z } from '@hono/zod-openapi'
import { FEEDBACK } from '../values/feedback.ts'
import { MoneyView } from '../values/money-schemas.ts'
import { moment } from '../values/time-schemas.ts'

export const GROUPINGS = ['hour', 'day', 'country', 'prefix', 'carrier', 'provider', 'channel'] as const

export const StatisticsQuery = z.strictObject({
  from: moment.optional().openapi({
    description: 'Verifications started then or later. Default: 31 days before `to`, at the full hour.',
  }),
  to: moment.optional().openapi({ description: 'Verifications started before. Default: now.' }),
  group_by: z.enum(GROUPINGS).openapi({
    description:
      '`hour`, `day`: of the start, UTC. `country`: of the phone (ISO 3166 alpha-2). `prefix`: the phone without its last seven digits. `carrier`: the network that an operator named. `provider`: of the last call. `channel`: the one at the end.',
  }),
})

export type StatisticsQuery = z.infer<typeof StatisticsQuery>

const count = z.int()

const seconds = z.object({ p50: z.number().nullable(), p95: z.number().nullable() }).openapi({
  description: 'Median and 95th percentile in seconds (nearest rank), at most 1 % off. Null without a value.',
})

export const StatisticsRow = z
  .object({
    key: z.string().nullable().openapi({
      description: 'The group; null: unknown.',
      example: '2026-01-31',
    }),
    started: count.openapi({ description: 'Without denied ones.' }),
    client_checked: count.openapi({
      description: 'Of `started`: those whose client checks the code itself. They count in no conversion.',
    }),
    delivered: count.openapi({
      description: 'Those whose phone was reached, as the operator reported or a right code showed.',
    }),
    approved: count,
    denied: count,
    failed: count,
    conversion_percent: z.number().nullable().openapi({
      description: '`approved` of `started` less `client_checked`, rounded to two places. Null without any.',
    }),
    seconds_to_deliver: seconds,
    seconds_to_approve: seconds,
    cost: MoneyView.openapi({ description: 'What the operators charge.' }),
    other_costs: z.array(MoneyView).openapi({ description: 'The costs in other currencies.' }),
    price: MoneyView.openapi({ description: 'What the tenant paid.' }),
    cost_per_approved: MoneyView.nullable().openapi({
      description: '`cost` by `approved`; null if nothing was approved, or with costs in several currencies.',
    }),
    feedback: z.object(
      Object.fromEntries(FEEDBACK.map((reason) => [reason, count])) as Record<
        (typeof FEEDBACK)[number],
        typeof count
      >,
    ),
  })
  .openapi('StatisticsRow')

export type StatisticsRow = z.infer<typeof StatisticsRow>

export const StatisticsView = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    group_by: z.enum(GROUPINGS),
    data: z.array(StatisticsRow),
  })
  .openapi('Statistics')

export type StatisticsView = z.infer<typeof StatisticsView>
