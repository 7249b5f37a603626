import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../../channels/channels.ts'
import { MoneyView } from '../../values/money-schemas.ts'
import { page } from '../../values/page-schemas.ts'
import { phone } from '../../values/phone-schemas.ts'
import { ATTEMPT_STATUSES } from '../../values/statuses.ts'
import { moment } from '../../values/time-schemas.ts'
import { issue } from '../../words/text.ts'
import { time } from '../schemas.ts'

const SPAN_DAYS_MAX = 366
const DAY_MS = 86_400_000

const day = z.iso.date()
const described = { type: 'string' as const, description: 'A time in RFC 3339, or a day (UTC).' }
const from = z
  .union([moment, day.transform((value) => new Date(`${value}T00:00:00.000Z`))], {
    error: issue('time_or_day'),
  })
  .openapi({ ...described, example: '2026-01-01' })
const to = z
  .union([moment, day.transform((value) => new Date(`${value}T23:59:59.999Z`))], {
    error: issue('time_or_day'),
  })
  .openapi({ ...described, example: '2026-01-31' })

/** `from` and `to`, both inclusive. */
export const span = { from: from.optional(), to: to.optional() }

type Span = { from?: Date | undefined; to?: Date | undefined }

/** Adds an issue for a span that ends before it starts or is longer than 366 days. */
export function checkSpan({ from, to = new Date() }: Span, issues: z.core.$RefinementCtx): void {
  if (!from) return
  const tooLong = to.getTime() - from.getTime() > SPAN_DAYS_MAX * DAY_MS
  const message =
    from > to ? issue('after_to') : tooLong ? issue('span_too_long', { days: SPAN_DAYS_MAX }) : null
  if (message) issues.addIssue({ code: 'custom', path: ['from'], message })
}

export const RecordsQuery = z
  .strictObject({
    ...span,
    phone: phone.optional(),
    ...page,
    bom: z.enum(['0', '1']).default('0').openapi({
      description: 'For CSV: `1` starts the file with a byte order mark, which some spreadsheets need.',
    }),
  })
  .superRefine(checkSpan)

export type RecordsQuery = z.infer<typeof RecordsQuery>

export const RecordView = z
  .object({
    id: z.string().openapi({ example: 'led_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    at: time.openapi({ description: 'Time the call was placed.' }),
    verification: z.string(),
    attempt: z.string(),
    phone: z.string(),
    channel: z.enum(CHANNELS),
    provider: z.string().nullable(),
    status: z.string().openapi({ enum: [...ATTEMPT_STATUSES], description: 'How the attempt ended.' }),
    status_info: z.string().nullable().openapi({ description: 'The operator’s own words.' }),
    price: MoneyView.nullable().openapi({
      description: 'What the tenant pays for the call; null until settled.',
    }),
    cost: MoneyView.nullable().openapi({
      description: 'What the operator charges; null if unknown.',
    }),
  })
  .openapi('BillingRecord')

export type RecordView = z.infer<typeof RecordView>

export const GROUPS = ['day', 'month', 'provider', 'account', 'prefix', 'status', 'channel'] as const

export const SummaryQuery = z
  .strictObject({
    ...span,
    group_by: z.enum(GROUPS).default('day'),
  })
  .superRefine(checkSpan)

export type SummaryQuery = z.infer<typeof SummaryQuery>

const sums = {
  calls: z.int(),
  delivered: z.int(),
  price: MoneyView.openapi({ description: 'What the tenant pays.' }),
  reserved: MoneyView.openapi({ description: 'Held for calls that are not settled yet.' }),
  costs: z.array(MoneyView).openapi({ description: 'What operators charge, by currency.' }),
}

export const SummaryView = z
  .object({
    from: time,
    to: time,
    group_by: z.enum(GROUPS),
    data: z.array(
      z.object({
        key: z.string().openapi({ description: 'The day, provider, …', example: '2026-01-31' }),
        ...sums,
      }),
    ),
    total: z.object(sums),
  })
  .openapi('BillingSummary')

export type SummaryView = z.infer<typeof SummaryView>

export const StatementQuery = z.strictObject({
  month: z
    .string()
    .regex(/^20\d\d-(0[1-9]|1[0-2])$/, issue('month'))
    .refine((month) => new Date(`${month}-01T00:00:00Z`) <= new Date(), issue('in_future'))
    .openapi({ description: 'A calendar month, in UTC.', example: '2026-01' }),
  bom: z.enum(['0', '1']).default('0'),
})

export type StatementQuery = z.infer<typeof StatementQuery>

export const StatementView = z
  .object({
    month: z.string(),
    tenant: z.object({ id: z.string(), name: z.string() }),
    from: time,
    to: time.openapi({ description: 'End of the month, or now for the current month.' }),
    opening_balance: MoneyView,
    top_ups: MoneyView,
    adjustments: MoneyView,
    charges: MoneyView.openapi({ description: 'What calls cost.' }),
    calls: z.int(),
    closing_balance: MoneyView,
    days: z.array(z.object({ day: z.string(), calls: z.int(), charges: MoneyView })),
    movements: z
      .array(
        z.object({
          id: z.string(),
          at: time,
          kind: z.enum(['topup', 'adjustment']),
          amount: MoneyView,
          reason: z.string().nullable(),
          reference: z.string().nullable(),
        }),
      )
      .openapi({ description: 'Top-ups and adjustments, oldest first; at most a thousand.' }),
  })
  .openapi('Statement')

export type StatementView = z.infer<typeof StatementView>
